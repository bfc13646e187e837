"""A progress bar for many networks: one for the whole call, with the best score so far."""

from contextlib import contextmanager


class Bar:
    """Counts epochs of networks, which threads end in any order."""

    def __init__(self, progress, total):
        self.progress = progress
        self.task = progress.add_task("training", total=total)
        self.n_done = 0  # at the end of the last stage

    def end_epoch(self, is_complete):
        """Count an epoch of a network: a hook of training, which goes on."""
        self.progress.advance(self.task)
        return False

    def end_stage(self, n_epochs, text):
        """Count the epochs of a stage as done, also where networks stopped early or trained in other processes."""
        self.n_done += n_epochs
        self.progress.update(self.task, completed=self.n_done, description=text)


@contextmanager
def open_bar(verbose, total):
    """Yield a Bar if verbose is 1 and somebody can see it, else None: what is printed instead is the caller's."""
    console = find_console() if verbose == 1 else None
    if console is None:
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%")
    with Progress(*columns, TimeRemainingColumn(elapsed_when_finished=True), console=console) as progress:
        yield Bar(progress, total)


def find_console():
    """Return rich's console if it is installed and this terminal or notebook can show a bar, or None."""
    try:
        from rich import get_console
    except ImportError:
        return None
    console = get_console()
    return console if console.is_interactive or console.is_jupyter else None
