#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The documents against what they describe: files of daemon/, keys of agent.conf, options of the programs."""
import json
import os
import re
import shutil
import subprocess
import sys
import traceback

from example import example, shown

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.environ.get("MPS_BUILD_ROOT", os.path.join(os.getcwd(), "build"))


def read(*parts):
    with open(os.path.join(SOURCE, *parts), encoding="utf-8") as file:
        return file.read()


def equal(found, wanted, what):
    found, wanted = set(found), set(wanted)
    if found != wanted:
        raise AssertionError(f"{what}: missing {sorted(wanted - found)}, too many {sorted(found - wanted)}")
    if not wanted:
        raise AssertionError(f"{what}: nothing found to compare")


def test_architecture_names_every_file_of_daemon():
    files = []
    for folder, _, names in os.walk(os.path.join(SOURCE, "daemon")):
        files += [os.path.relpath(os.path.join(folder, name), SOURCE) for name in names if name.endswith((".c", ".h"))]
    equal(re.findall(r"`(daemon/[a-z/-]+\.[ch])`", read("docs", "architecture.md")), files, "docs/architecture.md")


def test_every_file_that_a_document_names_is_there():
    missing = []
    for document in ("README.md", "docs/architecture.md", "docs/guarantees.md", "docs/xbl-differences.md"):
        named = re.findall(r"[`(]((?:libclient|cli|directory|ipc|examples|tests|tools|docs|systemd)/[\w./-]*)", read(*document.split("/")))
        missing += [f"{document}: {name}" for name in named if not os.path.exists(os.path.join(SOURCE, name.rstrip(".")))]
    if missing:
        raise AssertionError(f"not there: {missing}")


def test_every_test_that_the_guarantees_name_is_there():
    named = re.findall(r"`((?:test_\w+)|(?:nothing_that_\w+))`", read("docs", "guarantees.md"))
    sources = ""
    for folder, _, names in os.walk(os.path.join(SOURCE, "tests")):
        sources += "".join(read(folder, name) for name in names if name.endswith((".py", ".c")))
    missing = [name for name in named if not re.search(rf"(def {name}\(|Test\(\w+, {name}\))", sources)]
    if missing or len(named) < 20:
        raise AssertionError(f"docs/guarantees.md names tests that are not there: {missing} (of {len(named)})")


def test_every_key_of_agent_conf_has_its_place_in_the_man_page():
    source = read("daemon", "config-file.c")
    sections = {}
    for function in ("directory", "identity", "queue", "limit"):
        body = source[source.index(f"static int set_{function}("):]
        body = body[:body.index("\n}\n")]
        sections[function] = re.findall(r'string_equal\(key, "(\w+)"\)', body)
    # What [Identity] says for all titles, and [Title NUMBER] for one.
    profile = re.findall(r'string_equal\(key, "(\w+)"\)', read("daemon", "token", "settings.c"))
    sections["identity"] += profile
    page = re.split(r"^# \[(\w+)\]$", read("docs", "agent.conf.5.scd"), flags=re.M)
    title = re.search(r"^# \[Title NUMBER\]\n\n(.*?)\n\n", read("docs", "agent.conf.5.scd"), flags=re.M | re.S).group(1)
    equal(re.findall(r"\*(\w+)=\*", title), profile, "[Title NUMBER]")
    documented = {page[i].lower(): re.findall(r"^\*(\w+)=\*$", page[i + 1], flags=re.M) for i in range(1, len(page), 2)}
    equal(documented, ["directory", "identity", "queue", "limits"], "sections")
    for function, keys in sections.items():
        section = {"limit": "limits"}.get(function, function)
        equal(documented[section], keys, f"[{section}]")


def options_of(*program):
    done = subprocess.run([os.path.join(BUILD, *program), "--help"], capture_output=True, text=True, timeout=30, check=True)
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", done.stdout))


def documented_options(page):
    return set(re.findall(r"^(?:\*-\w\*, )?\*(--[a-z-]+)\*", read("docs", page), flags=re.M))


def test_every_option_of_mpsessiond_is_in_its_man_page():
    equal(documented_options("mpsessiond.8.scd"), options_of("daemon", "mpsessiond"), "mpsessiond.8.scd")


def test_every_option_and_command_of_mpsessionctl_is_in_its_man_page():
    equal(documented_options("mpsessionctl.1.scd"), options_of("cli", "mpsessionctl"), "mpsessionctl.1.scd")
    source = read("cli", "main.c")
    commands = re.findall(r'^    \{"([a-z-]+)", command_', source, flags=re.M)
    page = read("docs", "mpsessionctl.1.scd")
    page = page[page.index("# COMMANDS"):page.index("# OPTIONS")]
    equal(re.findall(r"^\*([a-z-]+)\*", page, flags=re.M), commands, "commands")


def explained(code):
    """The kinds of what mpsessionctl knows of a code; it needs neither a bus nor an agent for it."""
    done = subprocess.run([os.path.join(BUILD, "cli", "mpsessionctl"), "explain", "--json", code], capture_output=True, text=True,
                          timeout=30, check=False, env={})
    if done.returncode != 0:
        return set()
    return {meaning["kind"] for meaning in json.loads(done.stdout)}


# The statuses that the protocol gives a meaning for writes.
STATUSES = "200 201 202 204 304 400 401 403 404 405 406 408 409 410 411 412 413 416 428 429 500 502 503 504".split()


def test_every_code_there_is_can_be_explained():
    names, outcomes = read("ipc", "names.h"), read("daemon", "core", "outcome.h")
    codes = {
        "HTTP status of the directory": STATUSES + re.findall(r"\{(\d{3}), \1, OUTCOME_", read("daemon", "core", "outcome.c")),
        "outcome of a request": re.findall(r'^#define MPS_OUTCOME_\w+ "(.+)"$', names, flags=re.M),
        "state of a request": re.findall(r'^#define MPS_STATE_\w+ "(.+)"$', names, flags=re.M),
        "state of an account": re.findall(r'^#define MPS_ACCOUNT_STATE_\w+ "(.+)"$', names, flags=re.M),
        "state of a sign-in": re.findall(r'^#define MPS_SIGN_IN_STATE_\w+ "(.+)"$', names, flags=re.M),
        "D-Bus error of a call": re.findall(r'^#define MPS_ERROR_NAME_\w+ MPS_ERROR_PREFIX "(\w+)"$', names, flags=re.M),
        "error of a result": re.findall(r'^#define ERROR_\w+ "(.+)"$', outcomes, flags=re.M),
        "write-status of a result": re.findall(r'"(\w+)"', re.search(r"status_names\[\] = \{(.*?)\};", read("daemon", "core", "result.c"),
                                                                      flags=re.S).group(1)),
        "error of libmpsession": re.findall(r'^    \{NULL, "([a-z-]+)", \w+\},$', read("libclient", "client-words.c"), flags=re.M),
    }
    if any(len(found) < 5 for found in codes.values()):
        raise AssertionError(f"codes could not be read: {codes}")
    missing = [f"{code} ({kind})" for kind, found in codes.items() for code in found if kind not in explained(code)]
    missing += [name for name in codes["D-Bus error of a call"] if not explained("org.mpsession.Error." + name)]
    if missing:
        raise AssertionError(f"mpsessionctl explain does not know {missing}: cli/code-table.c")


def test_every_code_that_is_explained_is_there():
    done = subprocess.run([os.path.join(BUILD, "cli", "mpsessionctl"), "explain", "--json", "nonsense"], capture_output=True, text=True,
                          timeout=30, check=False, env={})
    sources = "".join(read(*path.split("/")) for path in ("ipc/names.h", "daemon/core/outcome.h", "daemon/core/result.c",
                                                          "libclient/client-words.c"))
    freedesktop = {"ServiceUnknown", "Spawn", "NameHasNoOwner", "NoReply", "Disconnected", "LimitsExceeded"}
    known = json.loads(done.stdout)["known"]
    stray = [code for code in known if not re.fullmatch(r"\d{3}|[345]xx", code) and f'"{code}"' not in sources and code not in freedesktop]
    if stray or len(known) < 70:
        raise AssertionError(f"no code of ours: {stray} ({len(known)} in all)")


def test_every_option_of_the_directory_is_in_its_man_page():
    page = read("docs", "mpsession-directory.1.scd")
    missing = [option for option in options_of("directory", "mpsession-directory") if option not in page]
    if missing:
        raise AssertionError(f"mpsession-directory.1.scd: missing {missing}")


def test_every_knob_of_the_identity_services_is_in_the_man_page():
    page = read("docs", "mpsession-directory.1.scd")
    page = page[page.index("# IDENTITY"):page.index("# FAULTS")]
    sections = re.findall(r"^_(\w+)_\n((?:\t.*\n)+)", page, flags=re.M)
    knobs = re.findall(r'\{"(\w+)", "(\w+)", KNOB_', read("directory", "knob.c"))
    equal([name for name, _ in sections], [section for section, _ in knobs], "sections")
    for name, text in sections:
        equal(re.findall(r"(?<!\w)_(\w+)_", text), [key for section, key in knobs if section == name], name)
    rules = re.findall(r'^    \{"(\w+)", check_', read("directory", "identity-rule.c"), flags=re.M)
    equal(re.findall(r"^\*(\w+)\*$", page, flags=re.M), rules, "rules")


def test_every_control_fault_and_switch_of_the_directory_is_in_its_man_page():
    page = read("docs", "mpsession-directory.1.scd")
    control, faults = page[page.index("# CONTROL"):page.index("# FAULTS")], page[page.index("# FAULTS"):]
    rows = re.findall(r'\{"([A-Z]+)", "([a-z]+)", (?:true|false), ', read("directory", "control.c"))
    equal(re.findall(r"^\*((?:GET|POST|DELETE) [a-z]+)\*$", control, flags=re.M), [" ".join(row) for row in rows], "controls")
    source = read("directory", "fault.c")
    kinds = re.findall(r'= \{"(\w+)", FAULT_', source)
    equal(re.findall(r"\*(F\d+|[a-z]+)\*(?=,|$)", faults[:faults.index("F17 (")], flags=re.M), kinds, "kinds of faults")
    lists = re.findall(r'"(,?[a-z_,]+)"', source[source.index("#define MATCH"):source.index("#define N_KINDS")])
    words = set(re.findall(r"[a-z_]+", " ".join(lists))) - set(kinds)
    switches = re.findall(r'\{"(\w+)", &switches', read("directory", "switches.c")) + ["etagStyle", "bodyLimit"]
    missing = [word for word in words if not re.search(rf'[_"]{word}[_"]', page)]
    missing += [switch for switch in switches if f"_{switch}_" not in control]
    if missing or len(words) < 15 or len(switches) < 7:
        raise AssertionError(f"missing {missing} of {words} and {switches}")


def test_exit_codes_of_mpsessiond_are_in_its_man_page():
    done = subprocess.run([os.path.join(BUILD, "daemon", "mpsessiond"), "--help"], capture_output=True, text=True, timeout=30,
                          check=True)
    told = done.stdout[done.stdout.index("Exit status:"):]
    page = read("docs", "mpsessiond.8.scd")
    equal(re.findall(r"^\*(\d+)\*$", page[page.index("# EXIT STATUS"):], flags=re.M), re.findall(r"\b(\d+)\b", told), "exit codes")


def xbl_headers():
    """The public headers without their comments."""
    text = ""
    for folder, _, names in os.walk(os.path.join(SOURCE, "libclient", "include", "xbl")):
        text += "".join(read(folder, name) for name in sorted(names))
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def xbl_section(name):
    return re.search(rf"^# {name}\n(.*?)(?=^# |\Z)", read("docs", "libmpsession-xbl.7.scd"), flags=re.M | re.S).group(1)


XBL_NAME = r"\bX(?:bl|Async|TaskQueue|User|GameRuntime)[A-Z]\w+(?:::\w+)?"


def test_what_the_xbl_documents_name_is_in_the_headers():
    headers, absent = xbl_headers(), xbl_section("ABSENT")
    page = read("docs", "libmpsession-xbl.7.scd").replace(absent, "").replace("_XGameRuntime.h_", "")
    headers += "XGameRuntimeInit"  # a header
    for name, text in (("libmpsession-xbl.7.scd", page), ("xbl-differences.md", read("docs", "xbl-differences.md"))):
        named = set(re.findall(XBL_NAME, text))
        values = [(one, re.split("::|_", one)) for one in named]
        missing = [one for one, parts in values if not re.search(
            rf"\b{one}\b" if len(parts) == 1 else rf"HC_VALUE\({parts[0]},\s*{parts[1]}\)", headers)]
        if missing or len(named) < 15:
            raise AssertionError(f"{name} names {missing}, which the headers have not (of {len(named)})")


def test_what_the_xbl_page_calls_absent_is_absent():
    headers, absent = xbl_headers(), xbl_section("ABSENT")
    files, names = re.findall(r"_([\w/-]+\.h)_", absent), re.findall(r"\*(X\w+)\*\(\)", absent)
    there = [name for name in files if os.path.exists(os.path.join(SOURCE, "libclient", "include", "xbl", name))]
    there += [name for name in names if re.search(rf"\b{name}\b", headers)]
    if there or len(files) < 5 or len(names) < 5:
        raise AssertionError(f"there: {there} of {files} and {names}")


def test_what_is_not_yet_in_the_xbl_interface_is_told():
    functions = re.findall(r"^FUNCTION\((?:NOT_YET|NEVER), HRESULT, (\w+),", read("tests", "unit", "xbl", "exports.h"), flags=re.M)
    equal(re.findall(XBL_NAME, xbl_section("NOT YET")), functions, "NOT YET")


HRESULT = r"HRESULT_FROM_WIN32\(\w+\)|\b(?:S|E|WEB_E|HTTP_E_STATUS)_[A-Z0-9_]*"


def returned(function, prefix):
    """What a function of hresult.c makes of each of its cases: {case: HRESULTs}."""
    source = read("libclient", "xbl", "service", "hresult.c")
    body = re.search(rf"^HRESULT {function}\([^)]*\)\n{{\n(.*?)^}}$", source, flags=re.M | re.S).group(1)
    found = {}
    for cases, code in re.findall(rf"((?:^    case {prefix}\w+:\n)+)(.*?)(?=^    case |^    }})", body, flags=re.M | re.S):
        code = re.sub(r"/\*.*?\*/", "", code, flags=re.S).replace("hresult_of_status(", "HTTP_E_STATUS_ HTTP_E_STATUS_UNEXPECTED ")
        for case in re.findall(rf"{prefix}\w+", cases):
            found[case] = set(re.findall(HRESULT, code.replace("break;", "E_UNEXPECTED")))
    return found


def hresult_words():
    """{HRESULT: the words for what becomes it}, by the code."""
    words = dict(re.findall(r'^#define (MPS_OUTCOME_\w+) "(.+)"$', read("ipc", "names.h"), flags=re.M))
    codes = re.findall(r'^    \{(?:NULL|MPS_\w+), "([a-z-]*)", \w+\},$', read("libclient", "client-words.c"), flags=re.M)
    header = read("libclient", "include", "mpsession", "mpsession.h")
    words |= {name: codes[int(value)] for name, value in re.findall(r"\b(MPS_ERROR_\w+) =\s+-(\d+)", header)}
    cases = returned("hresult_of_error", "MPS_ERROR_") | returned("hresult_of_result", "MPS_OUTCOME_")
    cases.pop("MPS_OUTCOME_NONE")  # no word: nothing ran
    equal(cases, words, "cases of hresult.c")
    found = {}
    for case, hresults in cases.items():
        for hresult in hresults:
            found.setdefault(hresult, set()).add(words[case])
    return found


def hresult_value(name):
    """As a number; of WIN32 errors, what hresult.c calls them."""
    if name == "HTTP_E_STATUS_":
        return 0x80190000
    win32 = re.match(r"HRESULT_FROM_WIN32\((\w+)\)", name)
    if win32:
        number = re.search(rf"^#define {win32.group(1)} (\d+)$", read("libclient", "xbl", "service", "hresult.c"), flags=re.M)
        return 0x80070000 | int(number.group(1))
    return int(re.search(rf"^#define {name} HC_HRESULT\((\w+?)u?\)", xbl_headers(), flags=re.M).group(1), 0)


def test_the_hresults_of_the_xbl_page_are_those_of_the_code():
    results = xbl_section("RESULTS")
    rows = re.findall(r"^\*([\w()]+)(?:\.\.\.)?\* (0x\w{8})(?: \+ status)? \((_.*_)\)$", results, flags=re.M)
    documented = {name: set(re.findall(r"_([a-z-]+)_", words)) for name, _, words in rows}
    code = hresult_words()
    equal(documented, code, "RESULTS")
    for name, words in code.items():
        equal(documented[name], words, name)
    rows = re.findall(r"\*([\w()]+)(?:\.\.\.)?\* (0x\w{8})", results)
    rows += re.findall(r"`([\w()]+)` (0x\w{8})", read("docs", "xbl-differences.md"))
    wrong = [(name, value) for name, value in rows if int(value, 16) != hresult_value(name)]
    if wrong or len(rows) < 30:
        raise AssertionError(f"other values: {wrong} (of {len(rows)})")


def test_examples_are_shown_as_they_are_compiled():
    """example.py knows what scdoc does; tests/integration/xbl/test_page.py runs the one of the Xbl interface."""
    for page in ("libmpsession-xbl.7.scd", "libmpsession.3.scd"):
        done = subprocess.run(["scdoc"], input=read("docs", page), capture_output=True, text=True, timeout=30, check=True)
        if shown(done.stdout) != example(read("docs", page)):
            raise AssertionError(f"{page}: {shown(done.stdout)}")
    native = "".join(f"#include <{name}.h>\n" for name in ("mpsession/mpsession", "stdbool", "stdio", "string"))
    done = subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c", "-",
                           "-I" + os.path.join(SOURCE, "libclient", "include")], input=native + example(read("docs", "libmpsession.3.scd")),
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"libmpsession.3.scd: {done.stderr}")


def test_every_man_page_is_understood():
    if not shutil.which("scdoc"):
        raise AssertionError("scdoc is missing")
    pages = [name for name in os.listdir(os.path.join(SOURCE, "docs")) if name.endswith(".scd")]
    for name in pages:
        done = subprocess.run(["scdoc"], input=read("docs", name), capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 0 or ".TH" not in done.stdout:
            raise AssertionError(f"{name}: {done.stderr}")
    if len(pages) < 4:
        raise AssertionError(f"only {pages}")


def test_files_that_the_readme_names_exist():
    missing = [path for path in re.findall(r"`((?:tools|docs|examples|ipc|libclient|tests)/[\w./-]+)`", read("README.md"))
               if not os.path.exists(os.path.join(SOURCE, path))]
    if missing:
        raise AssertionError(missing)


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    print(f"1..{len(tests)}")
    bad = 0
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {name[5:].replace('_', ' ')}")
        except Exception:  # pylint: disable=broad-except
            bad += 1
            print(f"not ok {number} - {name[5:].replace('_', ' ')}")
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
