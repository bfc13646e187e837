"""Tables that scripts write into pages."""


def put_into(page, tables, script):
    """Write tables into a page, each between its own two comments, the first of which says which script wrote it."""
    text = page.read_text()
    for name, table in tables.items():
        head, tail = f"<!-- {name}: written by {script} -->\n\n", "<!-- end -->"
        before, after = text.split(head)
        text = before + head + table + "\n" + tail + after.split(tail, 1)[1]
    page.write_text(text)
