"""Commands for those who run or develop the help desk: `python -m scripts.<name>`."""
