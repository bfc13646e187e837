"""The compiled floor: arithmetic on arrays, in place, without randomness, allocation, messages or errors."""
