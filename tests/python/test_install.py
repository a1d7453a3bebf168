"""The installed package, in an empty folder and without a compiler on PATH."""

import subprocess
import sys
from importlib import metadata

import pytest

import jumelle as jm
from jumelle import _abi

from conftest import python


def test_works_in_an_empty_folder_without_tools(tmp_path):
    printed = python(
        """
import jumelle as jm
x, _ = jm.datasets.shapes(64, size=16)
model = jm.SimCLR(epochs=1, batch_size=32, width=0.25, verbose=False).fit(x)
print(model.transform(x).shape, jm.info()["kernels"])
""",
        cwd=tmp_path,
        env={},
    )
    # The shipped build has the fast kernels, and finds them beside the library.
    assert printed.startswith("(64, 64) onednn 2.6")
    assert list(tmp_path.iterdir()) == []


def installed():
    try:
        return metadata.distribution("jumelle")
    except metadata.PackageNotFoundError:
        pytest.skip("jumelle is not installed: NOT TESTED as a package")


def test_metadata():
    distribution = installed()
    assert distribution.version == jm.__version__
    needed = [r for r in distribution.requires or () if "extra" not in r]
    assert [r.split(">")[0] for r in needed] == ["numpy"]
    wheel = distribution.read_text("WHEEL")
    assert "Root-Is-Purelib: false" in wheel
    assert "Tag: py3-none-manylinux_2_34_x86_64" in wheel
    names = {file.name for file in distribution.files}
    assert {"libjumelle.so.1", "libdnnl.so.2", "jumelle.h", "py.typed"} <= names
    assert {"onednn-LICENSE", "onednn-THIRD-PARTY-PROGRAMS", "LICENSE"} <= names
    assert "go-LICENSES" in names


def test_exported_symbols_are_the_header_s():
    listed = subprocess.run(
        ["nm", "-D", "--defined-only", _abi.path()], capture_output=True, text=True
    )
    symbols = {line.split()[-1] for line in listed.stdout.splitlines()}
    declared = {f"jml_{name}" for name in (*_abi.PROTOTYPES, *_abi.PLAIN)}
    assert declared <= symbols
    assert all(symbol.startswith("jml_") for symbol in symbols)


def test_typed():
    code = "import jumelle as jm\nreveal_type(jm.SimCLR(epochs=2).epochs)\n"
    code += "reveal_type(jm.losses.nt_xent)\n"
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "-c", code],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert 'Revealed type is "builtins.int"' in done.stdout
    assert "float" in done.stdout
