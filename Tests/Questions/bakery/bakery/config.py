"""Settings, from the environment and a file."""
import os
import tomllib


def load(path="bakery.toml"):
    """Reads the file, then lets variables that begin with BAKERY_ win over it."""
    with open(path, "rb") as file:
        settings = tomllib.load(file)
    for name, value in os.environ.items():
        if name.startswith("BAKERY_"):
            settings[name.removeprefix("BAKERY_").lower()] = value
    return settings
