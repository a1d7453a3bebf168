"""Other processes: fork, no disk space, the progress bar's stream."""

import os
import subprocess
import sys
from multiprocessing import get_context

import numpy as np
import pytest

import jumelle as jm

from conftest import python, quick


def test_fork_after_use_says_so():
    printed = python("""
import os, signal, sys
import numpy as np
import jumelle as jm

x = np.ones((4, 4), np.float32)
jm.losses.nt_xent(x, x)
pipe = jm.augment.weak(size=8)
pid = os.fork()
if pid == 0:
    signal.alarm(20)  # a hang ends the child
    try:
        jm.losses.nt_xent(x, x)
        os._exit(1)
    except jm.errors.ForkedError as error:
        assert "spawn" in str(error), error
    try:
        pipe(np.zeros((2, 8, 8, 3), np.uint8))
        os._exit(2)
    except jm.errors.ForkedError:
        pass
    del pipe  # frees silently
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print(jm.losses.nt_xent(x, x)[0] > 0)
""")
    assert printed.split() == ["0", "True"]


def test_fork_before_use_works():
    printed = python("""
import os, signal
import numpy as np
import jumelle as jm

pid = os.fork()
if pid == 0:
    signal.alarm(60)
    x = np.ones((4, 4), np.float32)
    os._exit(0 if jm.losses.nt_xent(x, x)[0] > 1.9 else 1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""")
    assert printed.split() == ["0"]


def test_spawned_workers(shapes, small):
    with get_context("spawn").Pool(2) as pool:
        parts = pool.map(small.transform, [shapes[0][:40], shapes[0][40:]])
    np.testing.assert_array_equal(np.concatenate(parts), small.transform(shapes[0]))


def test_no_disk_space_at_save(small, shapes, tmp_path):
    small.save(tmp_path / "model.npz")
    before = (tmp_path / "model.npz").read_bytes()
    printed = python(
        """
import os, resource, signal, sys
import numpy as np
import jumelle as jm

model = jm.load(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
for path in (sys.argv[1], sys.argv[2]):
    try:
        model.save(path)
        print("no error")
    except jm.errors.FileError as error:
        print("model.npz" in str(error) or "new.npz" in str(error))
print(model.transform(np.zeros((2, 16, 16, 3), np.uint8)).shape)
""",
        tmp_path / "model.npz",
        tmp_path / "new.npz",
    )
    assert printed.splitlines() == ["True", "True", "(2, 64)"]
    # What was there is whole, and nothing half-written lies about.
    assert (tmp_path / "model.npz").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["model.npz"]


def test_no_disk_space_on_a_full_disk(small, shapes, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting needs root: NOT TESTED on a full disk")
    try:
        with pytest.raises(jm.errors.FileError, match=r"model\.npz"):
            small.save(disk / "model.npz")
        with pytest.raises(jm.errors.FileError, match=r"cannot write|model\.npz"):
            quick(epochs=1).fit(shapes[0], checkpoint=disk / "run")
        with pytest.raises(jm.errors.FileError, match="cannot write"):
            jm.pack(shapes[0], disk / "shapes.npy")
        # No half-written model: the log alone, of the steps that were taken.
        left = [p.name for p in disk.rglob("*") if p.is_file()]
        assert left == ["log.jsonl"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


FIT = """
import numpy as np
import jumelle as jm
x = np.random.default_rng(0).integers(0, 256, (64, 16, 16, 3), np.uint8)
jm.SimCLR(epochs=2, batch_size=32, width=0.25{}).fit(x)
"""


def test_progress_off_a_terminal_is_a_line_an_epoch():
    done = subprocess.run(
        [sys.executable, "-c", FIT.format("")], capture_output=True, text=True
    )
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert "epoch 1/2" in lines[0]
    assert "epoch 2/2" in lines[1]
    assert "loss" in lines[1]
    assert "pictures/s" in lines[1]


def test_verbose_false_is_quiet():
    done = subprocess.run(
        [sys.executable, "-c", FIT.format(", verbose=False")], capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_progress_on_a_terminal_draws_one_line_over():
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", FIT.format("")], stderr=theirs)
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    assert process.wait() == 0
    text = seen.decode()
    assert text.count("\n") == 1
    assert "100%" in text.split("\r")[-2]


def test_a_closed_standard_error_stops_no_training():
    code = "import sys\nsys.stderr.close()\n" + FIT.format("") + "\nprint('done')"
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    )
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_short_runs_stay_quiet(capsys):
    from jumelle.progress import Progress

    with Progress(2, "work", delay=60.0) as progress:
        progress.step()
        progress.step()
    assert capsys.readouterr().err == ""
    with Progress(4, "work", part=2, done=2) as progress:
        progress.step("half of the rest")
        progress.step("all of it")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "100%  all of it" in lines[0]
