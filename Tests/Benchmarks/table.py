"""The table at the end of `make bench`: each line of `goals.py` with its figures, its goals, and which are reached."""
from goals import LINES

# The columns and their widths: with what divides them, at most 120 columns.
HEADS = ("what", "figure", "goal", "reached", "ROWS=")
WIDTHS = (52, 24, 14, 7, 11)
TITLE = "The command of a line: make bench ROWS=NAME, with the name in its last column"


def print_table(rows, measured):
    """Prints the lines of these rows, and how many goals are reached; what was not measured is said to be so."""
    rule = "-+-".join("-" * width for width in WIDTHS)
    cells = [row for line in LINES if line.row in rows for row in folded(line, measured.get(line.name, {}))]
    print("\n".join(["", TITLE, "", text(HEADS), rule, *map(text, cells), rule]))
    counts = {word: sum(row[3] == word for row in cells) for word in ("yes", "no", "-")}
    print(f"goals: {counts['yes']} reached, {counts['no']} not reached, {counts['-']} not measured")


def folded(line, measures):
    """The rows of the table that a line takes: one for each goal, with what is only shown beside the one before."""
    rows = []
    for goal in line.goals:
        value = measures.get(goal.measure)
        figure = "not measured" if value is None else goal.shown(value)
        if goal.text:
            reached = "-" if value is None else "yes" if goal.is_reached(value) else "no"
            rows.append(["", figure, goal.text, reached, ""])
        elif value is not None:
            rows[-1][1] += f" ({figure})"
    rows[0][0], rows[0][4] = line.what, line.row
    return rows


def text(cells):
    return " | ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS)).rstrip()
