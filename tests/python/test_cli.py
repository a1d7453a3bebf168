"""The command line, in processes of its own."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest

import jumelle as jm
from jumelle.estimators import METHODS

from conftest import command, make_photos

COMMANDS = (
    "demo",
    "train",
    "embed",
    "evaluate",
    "views",
    "neighbours",
    "pack",
    "bench",
    "info",
    "config",
)
QUICK = ("--size", "16", "--width", "0.25", "--epochs", "2", "--batch-size", "16")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return make_photos(tmp_path_factory.mktemp("data") / "photos", n=40)


@pytest.fixture(scope="module")
def run(photos, tmp_path_factory):
    """A folder with a trained model."""
    out = tmp_path_factory.mktemp("run") / "run"
    done = command("train", photos, *QUICK, "--out", out, "--quiet")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return out


def test_help():
    done = command("--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert name in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command_has_an_example(name):
    done = command(name, "--help")
    assert done.returncode == 0
    assert f"example: jumelle {name}" in done.stdout
    assert "--json" in done.stdout


def test_version():
    assert command("--version").stdout == f"jumelle {jm.__version__}\n"
    module = subprocess.run(
        [sys.executable, "-m", "jumelle", "--version"], capture_output=True, text=True
    )
    assert module.stdout == f"jumelle {jm.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("trian",),
        ("train",),
        ("train", "photos", "--out", "x", "--epocs", "3"),
        ("train", "photos", "--out", "x", "--epochs", "many"),
        ("train", "photos", "--out", "x", "--method", "simclir"),
        ("embed", "run"),
    ],
)
def test_wrong_usage_is_2(arguments):
    done = command(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "usage" in done.stderr


def test_wrong_values_are_2(photos, tmp_path):
    done = command("train", photos, "--out", tmp_path, *QUICK, "--encoder", "smal")
    assert done.returncode == 2
    assert "encoder" in done.stderr
    assert "small" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_is_1(tmp_path):
    for arguments in (
        ("train", tmp_path / "none", "--out", tmp_path / "run"),
        ("embed", tmp_path / "none", tmp_path, "--out", tmp_path / "f.npy"),
        ("pack", tmp_path, "--out", tmp_path / "p.npy"),
    ):
        done = command(*arguments)
        assert done.returncode == 1, done.stderr
        assert done.stdout == ""
        assert done.stderr.startswith("jumelle: ")
        assert "Traceback" not in done.stderr


def test_train_json(photos, tmp_path):
    done = command("train", photos, *QUICK, "--out", tmp_path / "run", "--json")
    assert done.returncode == 0
    result = json.loads(done.stdout)
    assert (result["pictures"], result["steps"]) == (40, 4)
    assert result["spec"]["size"] == 16
    assert "epoch 2/2" in done.stderr
    assert (tmp_path / "run" / "model.npz").exists()
    again = command("train", photos, *QUICK, "--out", tmp_path / "run", "--json")
    assert json.loads(again.stdout)["loss"] == result["loss"]
    other = command("train", photos, *QUICK, "--out", tmp_path / "run", "--seed", "1")
    assert other.returncode == 2
    assert "seed is 1 here and 0 there" in other.stderr


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("simclr", ["--temperature", "0.3", "--nesterov", "--gradient-clip", "2"]),
        ("moco", ["--version", "1", "--queue", "32", "--momentum", "0.9"]),
        ("moco", ["--version", "2", "--norm-splits", "2", "--schedule", "steps"]),
        ("moco", ["--version", "3", "--projection", "16,8", "--prediction", "16,8"]),
        ("byol", ["--momentum", "0.95", "--projection", "16,8", "--final-rate", "0.5"]),
        ("byol", ["--micro-batch", "8", "--projection", "16,8"]),
        ("barlow_twins", ["--off-diagonal-weight", "0.01", "--projection", "16,8"]),
        ("barlow_twins", ["--optimizer", "lars", "--trust", "0.02"]),
        ("byol", ["--optimizer", "adamw", "--bias-rate", "0.5", "--mean", "0.5,0,1"]),
    ],
)
def test_train_methods(photos, tmp_path, method, options):
    out = tmp_path / "run"
    done = command(
        "train", photos, *QUICK, "--method", method, *options, "--out", out, "--json"
    )
    assert done.returncode == 0, done.stderr
    spec = json.loads(done.stdout)["spec"]
    assert spec["method"] == method
    names = [name for name in options if name.startswith("--")]
    for name in names:
        value = ([*options, "--"])[options.index(name) + 1]
        given = spec[name[2:].replace("-", "_")]
        if value.startswith("--"):
            assert given is True
        elif "," in value:
            assert given == [float(part) for part in value.split(",")]
        else:
            assert given == (value if isinstance(given, str) else float(value))


def test_every_parameter_is_an_option_and_every_field_a_parameter():
    usage = command("train", "--help").stdout
    spec = {name for document in jm.presets() for name in document}
    params = {name for kind in METHODS.values() for name in kind().get_params()}
    assert spec - params == {"method", "channels", "pictures"}
    assert params - spec == {"verbose"}
    for name in params - {"verbose"}:
        assert f"--{name.replace('_', '-')} " in usage, name


def test_train_refuses_options_of_other_methods(photos, tmp_path):
    done = command("train", photos, *QUICK, "--queue", "32", "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "--queue: want none for simclr" in done.stderr


def test_train_and_python_agree(run, photos):
    model = jm.SimCLR(size=16, width=0.25, epochs=2, batch_size=16, verbose=False).fit(
        photos
    )
    loaded = jm.load(run)
    assert loaded.history_["loss"].tolist() == model.history_["loss"].tolist()
    assert np.isfinite(loaded.history_["seconds"]).all()


def test_train_with_own_views(photos, tmp_path):
    document = tmp_path / "views.json"
    document.write_text(json.dumps(jm.augment.weak(size=16).spec))
    done = command(
        "train",
        photos,
        *QUICK,
        "--augment",
        document,
        "--out",
        tmp_path / "r",
        "--json",
    )
    assert json.loads(done.stdout)["spec"]["augment"] == jm.augment.weak(size=16).spec
    document.write_text("{")
    bad = command(
        "train", photos, *QUICK, "--augment", document, "--out", tmp_path / "r"
    )
    assert bad.returncode == 2
    assert "want a JSON object" in bad.stderr


def test_train_ctrl_c(photos, tmp_path):
    arguments = [
        "train",
        photos,
        "--size",
        "16",
        "--width",
        "0.25",
        "--batch-size",
        "16",
        "--epochs",
        "4000",
        "--out",
        tmp_path / "run",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "jumelle", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(8):
        assert process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "holds what was learned" in error
    assert "Traceback" not in error
    assert jm.load(tmp_path / "run").transform(np.zeros((2, 16, 16, 3), np.uint8)).any()


def test_embed(run, photos, tmp_path):
    out = tmp_path / "features.npy"
    done = command("embed", run, photos, "--out", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{out}: 40 pictures, 64 features each\n"
    features = np.load(out)
    np.testing.assert_array_equal(features, jm.load(run).transform(photos))
    about = json.loads((tmp_path / "features.npy.json").read_text())
    assert len(about["paths"]) == len(about["labels"]) == 40
    done = command("embed", run, photos, "--out", out, "--block", "2", "--json")
    assert json.loads(done.stdout)["shape"] == [40, 16]
    done = command(
        "embed", run / "model.npz", photos, "--out", out, "--project", "--json"
    )
    assert json.loads(done.stdout)["shape"] == [40, 128]
    assert command("embed", run, photos, "--out", tmp_path / "f.txt").returncode == 2
    done = command("embed", run, photos, "--out", tmp_path / "none" / "f.npy")
    assert done.returncode == 1
    assert "cannot write" in done.stderr


def test_broken_files_are_told_and_left_out(run, photos, tmp_path):
    folder = make_photos(tmp_path / "mixed", n=4)
    (folder / "left" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = command("embed", run, folder, "--out", tmp_path / "f.npy", "--json")
    assert done.returncode == 0
    result = json.loads(done.stdout)
    assert result["shape"] == [4, 64]
    assert [path.endswith("broken.png") for path, _ in result["problems"]] == [True]
    assert "left out" in done.stderr


def test_evaluate(run, photos):
    done = command(
        "evaluate", run, photos, "--k", "5", "--protocol", "knn,linear", "--json"
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["n_test"], result["n_train"]) == (8, 32)
    assert [row["features"] for row in result["rows"][:3]] == [
        "raw pixels",
        "random encoder",
        "SimCLR",
    ]
    done = command("evaluate", run, photos, "--test", photos)
    assert "40 pictures with labels, 40 tested" in done.stdout
    assert command("evaluate", run, photos, "--protocol", "knm").returncode == 2
    assert command("evaluate", run, photos, "--test-fraction", "1.5").returncode == 2


def test_evaluate_wants_labels(run, photos, tmp_path):
    folder = make_photos(tmp_path / "plain", n=4, classes=())
    done = command("evaluate", run, folder)
    assert done.returncode == 2
    assert "without labels" in done.stderr


def test_figures(run, photos, tmp_path):
    for name, arguments in (
        ("views", ("views", photos, "--size", "16", "--n", "2", "--strength", "1")),
        ("moco", ("views", photos, "--preset", "moco_v2", "--size", "16", "--n", "2")),
        ("neighbours", ("neighbours", run, photos, "--queries", "2")),
    ):
        file = tmp_path / f"{name}.png"
        done = command(*arguments, "--out", file, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["figure"] == str(file)
        assert file.read_bytes()[:4] == b"\x89PNG"
    done = command("views", photos, "--out", tmp_path / "views.xyz")
    assert done.returncode == 1
    assert "views.xyz" in done.stderr


def test_pack(photos, tmp_path):
    out = tmp_path / "photos.npy"
    done = command("pack", photos, "--size", "16", "--out", out)
    assert done.stdout == f"{out}: 40 pictures of 16x16x3\n"
    assert jm.Images(out).labels.tolist() == jm.Images(photos, size=16).labels.tolist()


def test_info():
    text = command("info")
    assert text.stdout.splitlines()[0].split() == ["version", jm.__version__]
    about = json.loads(command("info", "--json").stdout)
    assert about["kernels"] == jm.info()["kernels"]


def test_info_presets():
    done = command("info", "presets")
    assert done.returncode == 0
    title, *rows = done.stdout.split("\n\n")[0].splitlines()
    assert title.split() == ["simclr", "small", "paper"]
    rows = dict(row.split(maxsplit=1) for row in rows)
    assert rows["temperature"].split() == ["0.5", "0.1"]
    assert rows["optimizer"].split() == ["sgd", "lars"]
    assert rows["blur"].split() == ["0", "0.5"]
    documents = json.loads(command("info", "presets", "--json").stdout)["presets"]
    assert documents == jm.presets()
    names = [(d["method"], d.get("version"), d["preset"]) for d in documents]
    assert names[::2] == [
        ("simclr", None, "small"),
        ("moco", 1, "small"),
        ("moco", 2, "small"),
        ("moco", 3, "small"),
        ("byol", None, "small"),
        ("barlow_twins", None, "small"),
    ]
    assert [name[2] for name in names] == ["small", "paper"] * 6
    assert command("info", "preset").returncode == 2


def test_config_compiles_a_c_program(tmp_path):
    flags = command("config", "--cflags", "--libs").stdout.split()
    assert flags == command("config").stdout.split()
    (tmp_path / "prog.c").write_text(
        "#include <jumelle.h>\n#include <stdio.h>\n"
        "int main(void) { puts(jml_version()); return 0; }\n"
    )
    build = ["gcc", "prog.c", *flags, "-o", "prog"]
    subprocess.run(build, cwd=tmp_path, check=True)
    run = subprocess.run([tmp_path / "prog"], capture_output=True, text=True, env={})
    assert run.stdout == f"{jm.__version__}\n"


def test_demo_on_own_pictures(photos, tmp_path):
    out = tmp_path / "demo"
    done = command(
        "demo",
        "--data",
        photos,
        "--size",
        "16",
        "--epochs",
        "1",
        "--out",
        out,
        "--json",
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert len(result["report"]["rows"]) == 3
    assert (out / "demo.png").read_bytes()[:4] == b"\x89PNG"
    # A fifth of the pictures is judged with, and not learned from.
    assert jm.load(out).spec_["pictures"] == 32
    assert result["report"]["n_test"] == 8


def test_demo_without_labels(tmp_path):
    folder = make_photos(tmp_path / "plain", n=20, classes=())
    done = command(
        "demo",
        "--data",
        folder,
        "--size",
        "16",
        "--epochs",
        "1",
        "--out",
        tmp_path / "demo",
    )
    assert done.returncode == 0, done.stderr
    assert "accuracy" not in done.stdout
    assert (tmp_path / "demo" / "demo.png").exists()


def test_bench():
    options = ("--size", "16", "--batch-size", "16", "--micro-batch", "8")
    options += ("--steps", "2", "--warmup", "1", "--threads", "1")
    done = command("bench", *options, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["spec"]["micro_batch"] == 8
    assert result["threads"] == 1
    assert len(result["seconds"]) == 2
    # The parts are the step, and the operations are its kernels.
    mean = sum(result["seconds"]) / 2
    assert sum(result["parts"].values()) == pytest.approx(mean)
    assert sum(result["shares"].values()) == pytest.approx(1)
    kinds = result["operations"]
    assert kinds["conv_forward"]["calls"] == 4 * 3  # of two slices, one goes twice
    assert kinds["conv_backward_weights"]["calls"] == 4 * 2
    assert result["flops_per_second"] > 0
    assert 0 < result["arena_bytes"] < result["peak_bytes"]

    text = command("bench", *options)
    assert text.returncode == 0
    assert "simclr small, 16 pictures, 8 at once of 16x16" in text.stdout
    assert "conv_forward" in text.stdout
    bad = command("bench", "--batch-size", "16", "--micro-batch", "5")
    assert bad.returncode == 2
    assert "micro_batch: want 0 (the whole batch)" in bad.stderr
