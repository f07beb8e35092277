"""Resolve all dependencies for the oldest supported Python and write constraints.txt.

The versions must suit CPython 3.11.0, not only the later 3.11 that runs this: some
releases want 3.11.5, and Debian 12 has 3.11.2. Pip checks versions against another
Python when told so, but reads environment markers for the one it runs on; so this
has to run on some 3.11.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

OLDEST = "3.11.0"
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Resolve, then write the pins below the comments the file begins with."""
    if sys.version_info[:2] != (3, 11):
        sys.exit("this takes CPython 3.11: make constraints PYTHON=python3.11")
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.json")
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"]
        command += ["--quiet", "--disable-pip-version-check", f"--report={report}"]
        command += [f"--python-version={OLDEST}", "--only-binary=:all:", f"--target={scratch}"]
        subprocess.run([*command, f"{ROOT}[dev]"], check=True)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    pins = {item["metadata"]["name"]: item["metadata"]["version"] for item in found}
    del pins["simkit"]
    target = ROOT / "constraints.txt"
    old = target.read_text(encoding="utf-8").splitlines()
    lines = [line for line in old if line.startswith("#")]
    lines += [f"{name}=={pins[name]}" for name in sorted(pins, key=str.lower)]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
