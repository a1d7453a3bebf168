"""Builds the native library into the wheel; pyproject.toml describes the rest.

The Go sources lie in the parent folder, so this builds from a checkout only.
Beside libjumelle.so.<ABI> the wheel gets one stripped copy of oneDNN, which it
loads when it first computes, and that library's licences.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PLATFORM = "manylinux_2_34_x86_64"  # the glibc that a Debian 12 build needs
DNNL_SHA256 = "ce00edc08f93c17130f1cbdf0139185499db24b6a5d958d84912e2b9596e3f8a"


def fail(message: str) -> None:
    """Stop with one clear line, without a traceback."""
    sys.exit(f"jumelle: {message}")


def macro(name: str) -> str:
    """Read a number from the C header, the one source of the version."""
    header = ROOT / "include" / "jumelle.h"
    if not header.is_file():
        fail(f"{header} is missing: build from a checkout of the whole repository")
    found = re.search(rf"#define {name} (\d+)", header.read_text())
    if not found:
        fail(f"{header} does not define {name}")
        raise AssertionError
    return found[1]


VERSION = ".".join(macro(f"JML_VERSION_{part}") for part in ("MAJOR", "MINOR", "PATCH"))


def onednn(distribution: str, name: str) -> Path:
    """Find a file of a build requirement, wherever pip has put it."""
    for file in metadata.distribution(distribution).files or ():
        if str(file).endswith(name):
            return Path(str(file.locate())).resolve()
    fail(f"{distribution} has no {name}")
    raise AssertionError


def go_licences(environment: dict[str, str]) -> str:
    """Join the licences of the Go modules that the library is linked with."""
    command = ["go", "list", "-tags", "onednn", "-deps", "-f"]
    command += ["{{with .Module}}{{.Path}}\t{{.Dir}}{{end}}", "./capi"]
    listed = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    texts = []
    for line in sorted(set(listed.stdout.split("\n")) - {""}):
        module, folder = line.split("\t")
        if Path(folder) == ROOT:
            continue
        for file in sorted(Path(folder).glob("[LNP][IOA][CT]*")):
            if re.match(r"LICEN[CS]E|NOTICE|PATENTS", file.name):
                texts.append(f"==== {module}: {file.name}\n\n{file.read_text()}")
    return "\n".join(texts)


def build_library(folder: Path) -> None:
    """Compile libjumelle, strip oneDNN, and lay both in folder."""
    for tool in ("go", "gcc", "strip"):
        if not shutil.which(tool):
            fail(f"building needs {tool}, and there is none on PATH")
    dnnl = onednn("onednn-cpu-gomp", "/libdnnl.so.2")
    if (got := hashlib.sha256(dnnl.read_bytes()).hexdigest()) != DNNL_SHA256:
        fail(f"{dnnl.name}: want sha256 {DNNL_SHA256}, got {got}")
    include = onednn("onednn-devel-cpu-gomp", "include/dnnl.h").parent
    soname = f"libjumelle.so.{macro('JML_ABI')}"

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = os.environ | {
        "CGO_ENABLED": "1",
        "CGO_CFLAGS": f'-O2 "-I{include}"',
        "GOEXPERIMENT": "simd",
        "GOWORK": "off",
    }
    with tempfile.TemporaryDirectory() as scratch:  # a path without blanks, for -Wl
        shutil.copy(ROOT / "capi" / "exports.map", scratch)
        link = f"-Wl,--version-script={scratch}/exports.map -Wl,-soname,{soname}"
        command = ["go", "build", "-tags", "onednn", "-trimpath", "-buildvcs=false"]
        command += ["-buildmode=c-shared", "-ldflags", f"-s -w -extldflags '{link}'"]
        command += ["-o", f"{scratch}/{soname}", "./capi"]
        if subprocess.run(command, cwd=ROOT, env=environment).returncode:
            fail("go build failed; its messages are above")
        shutil.copy(f"{scratch}/{soname}", folder)
    # What -ljumelle finds. A wheel cannot hold a symbolic link, and a second copy
    # would be one more library.
    (folder / "libjumelle.so").write_text(f"/* GNU ld script */\nINPUT({soname})\n")
    (folder / "go-LICENSES").write_text(go_licences(environment))
    subprocess.run(["strip", "-s", "-o", folder / dnnl.name, dnnl], check=True)
    for name in ("LICENSE", "THIRD-PARTY-PROGRAMS"):
        source = onednn("onednn-cpu-gomp", f"share/doc/onednn/{name}")
        shutil.copy(source, folder / f"onednn-{name}")


class BuildPython(build_py):
    """Adds the library and the header to the package."""

    def run(self) -> None:
        """Build, into the source folder when the install is editable."""
        if self.editable_mode:
            package = HERE / "src" / "jumelle"
        else:
            package = Path(self.build_lib) / "jumelle"
            shutil.rmtree(package, ignore_errors=True)  # an older build's modules
        super().run()
        build_library(package / "lib")
        (package / "include").mkdir(exist_ok=True)
        shutil.copy(ROOT / "include" / "jumelle.h", package / "include")


class Wheel(bdist_wheel):
    """One wheel for all Python versions: ctypes needs no extension module."""

    def finalize_options(self) -> None:
        """Say that the wheel holds machine code."""
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self) -> tuple[str, str, str]:
        """Name the interpreter, its ABI and the platform."""
        return "py3", "none", PLATFORM


class BinaryDistribution(Distribution):
    """Installs into platlib."""

    def has_ext_modules(self) -> bool:
        """Say that there is machine code."""
        return True


setup(
    version=VERSION,
    distclass=BinaryDistribution,
    cmdclass={"build_py": BuildPython, "bdist_wheel": Wheel},
)
