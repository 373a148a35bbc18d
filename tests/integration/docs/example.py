#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The example of a man page as its reader sees it: example.py PAGE.scd."""
import re
import sys


def example(page):
    """The one literal block of a page; in it scdoc takes a backslash for itself."""
    blocks = re.findall(r"^```\n(.*?)^```$", page, flags=re.M | re.S)
    if len(blocks) != 1:
        raise AssertionError(f"{len(blocks)} examples")
    return re.sub(r"\\(.)", r"\1", blocks[0])


def shown(roff):
    """The same, out of what scdoc made of the page."""
    blocks = re.findall(r"^\.nf\n\.RS 4\n(.*?)^\.fi$", roff, flags=re.M | re.S)
    if len(blocks) != 1:
        raise AssertionError(f"{len(blocks)} examples")
    return re.sub(r"\\(.)", lambda found: {"&": "", "e": "\\"}.get(found[1], found[1]), blocks[0])


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        print(example(file.read()), end="")
