"""Importing is light, and only what is used is loaded."""

import jumelle as jm

from conftest import python


def test_import_loads_nothing_heavy():
    # Not timed: what is loaded decides the time. ctypes comes with NumPy.
    printed = python("""
import sys
import numpy
before = set(sys.modules)
import jumelle
new = set(sys.modules) - before
light = {"__future__", "importlib", "importlib._bootstrap", "typing",
         "importlib._bootstrap_external"}
print(sorted(m for m in new - light if not m.startswith("jumelle")))
print(sorted(m for m in new if m.startswith("jumelle")))
maps = open("/proc/self/maps").read()
print("libjumelle" in maps, "libdnnl" in maps)
""")
    others, own, native = printed.splitlines()
    assert others == "[]"
    assert own == "['jumelle']"
    assert native == "False False"


def test_every_public_module_loads_nothing_native_and_no_matplotlib():
    printed = python("""
import sys
import jumelle as jm
jm.SimCLR, jm.Images, jm.augment, jm.losses, jm.evaluate, jm.datasets, jm.errors
jm.__version__
jm.SimCLR(epochs=3)
import jumelle.cli
heavy = ("matplotlib", "sklearn", "torch", "scipy")
print(sorted(m for m in heavy if m in sys.modules))
print("libjumelle" in open("/proc/self/maps").read())
""")
    assert printed.splitlines() == ["[]", "False"]


def test_all_names_exist():
    assert set(jm.__all__) <= set(dir(jm))
    for name in jm.__all__:
        assert getattr(jm, name) is not None


def test_unknown_name():
    assert not hasattr(jm, "SimCRL")


def test_version_is_the_library_s():
    assert jm.info()["version"] == jm.__version__
    assert jm.__version__.count(".") == 2


def test_info():
    info = jm.info()
    assert {"kernels", "instruction_set", "threads", "cores", "library"} <= set(info)
    assert info["abi"] == 1
