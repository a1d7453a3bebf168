"""Examples: python/examples, and those in docstrings."""

import doctest
import importlib
import importlib.util
import inspect
import pkgutil
import subprocess
import sys

import pytest

import jumelle as jm

from conftest import ROOT

# Those of jumelle.torch run where torch is: tests/bench/torch_adapter.
EXAMPLES = [
    path
    for path in sorted((ROOT / "python" / "examples").glob("*.py"))
    if not path.name.startswith("torch_")
]
MODULES = [
    m.name
    for m in pkgutil.walk_packages(jm.__path__, "jumelle.")
    if not m.name.endswith("__main__") and m.name != "jumelle.torch"
]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_example(path, tmp_path):
    if path.name.startswith("torch_") and not importlib.util.find_spec("torch"):
        pytest.skip("torch is not installed: NOT TESTED with it")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def public():
    """Every public class and function, by its name."""
    for name in jm.__all__:
        value = getattr(jm, name)
        if inspect.ismodule(value):
            for inner in value.__all__:
                yield f"{name}.{inner}", getattr(value, inner)
        elif callable(value):
            yield name, value


@pytest.mark.parametrize(("name", "value"), list(public()), ids=lambda v: str(v)[:40])
def test_everything_public_is_documented(name, value):
    if not callable(value):
        return
    text = value.__doc__ or ""
    assert len(text.strip()) > 20
    assert "{shared}" not in text
    if inspect.isclass(value) and issubclass(value, (Exception, dict)):
        return  # not made by callers
    if any(p != "self" for p in inspect.signature(value).parameters):
        assert "Parameters\n" in text
