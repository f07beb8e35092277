"""What `simkit check` does: judges, proves, writes mended files, and reports."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.base.files import write_text
from simkit.base.formatting import counted
from simkit.checking.examining import examine
from simkit.checking.platforms import Platform
from simkit.ui.cli.check_reports import Wanted, exit_code, report
from simkit.ui.cli.exits import say


def judge(names: Sequence[str], wanted: Wanted, platform: Platform) -> int:
    """Judge files as it is wanted, and give the exit code: that of the files as they were given."""
    examined = examine(names, platform=platform)
    its = examined.platform
    findings = examined.findings
    if wanted.prove:
        from simkit.checking.proofs import proven

        findings = proven(names, examined)
    at_length = examined.deployment is not None
    kind = wanted.form
    said: list[str] = []
    if wanted.prove and not at_length:
        said.append("--prove: no deployment: an organisation, and what is put up for it")
    if wanted.fix:
        from simkit.checking.mending import mended, write_mended

        new = mended(names, examined)
        written = write_mended(new.texts, in_place=wanted.in_place)
        said += [
            f"{name}: {counted(new.patches[name], 'patch', 'patches')}, in {written[name]}"
            for name in new.texts
        ] or ["nothing that is found has a patch"]
        are = "is" if len(new.left) == 1 else "are"
        said.append(f"{len(new.left):,} of {counted(len(findings), 'finding')} {are} left")
    if wanted.out is not None:
        text = report(findings, names, kind, wanted.fail_on, at_length=at_length, platform=its)
        write_text(wanted.out, text + "\n")
        kind = "text"
    print(report(findings, names, kind, wanted.fail_on, at_length=at_length, platform=its))
    for line in said:
        say(line)
    return exit_code(findings, wanted.fail_on)
