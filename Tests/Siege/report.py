"""The table at the end."""


def percentile(ordered, at):
    return ordered[min(len(ordered) - 1, len(ordered) * at // 100)]


class Report:
    def __init__(self):
        self.figures, self.checks = [], []

    def figure(self, name, value):
        self.figures.append((name, str(value)))

    def check(self, name, holds, said):
        self.checks.append((name, bool(holds), said))

    def finish(self):
        """Prints everything; the exit status."""
        width = max((len(name) for name, _ in self.figures), default=0)
        for name, value in self.figures:
            print(f"figure: {name:<{width}}  {value}")
        width = max((len(name) for name, _, _ in self.checks), default=0)
        for name, holds, said in self.checks:
            print(f"{'pass' if holds else 'FAIL'}  {name:<{width}}  {said}")
        failed = sum(not holds for _, holds, _ in self.checks)
        print(f"{len(self.checks) - failed} passed, {failed} failed")
        return 1 if failed or not self.checks else 0
