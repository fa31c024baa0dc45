"""Calls that are answered: what travels, what is raised, what is printed; and threads."""

import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from conformance.remote.client import (
    RemoteError,
    RemoteRaised,
    Worker,
    WorkerCrashed,
)

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NewWorker = Callable[..., Worker]


def target(name: str) -> str:
    return f"remote_targets:{name}"


# Values


@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3, 4)], ids=str)
@pytest.mark.parametrize(
    "dtype",
    [
        *("bool", "int8", "int64", "uint8", "uint64", "float16", "float32", "float64"),
        *("complex64", "complex128"),
    ],
)
def test_arrays_arrive_exactly_there_and_back(
    worker: Worker, dtype: str, shape: tuple[int, ...]
) -> None:
    sent: Any = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    there = worker.call(target("facts"), sent)
    assert there == {
        "type": "ndarray",
        "dtype": sent.dtype.str,
        "shape": shape,
        "bytes": sent.tobytes(),
        "own": True,
    }
    back = worker.call(target("echo"), sent)
    np.testing.assert_array_equal(back, sent, strict=True)
    assert back.flags.writeable


def test_bfloat16_is_bits_there_and_an_array_here(worker: Worker) -> None:
    sent = np.array([1.5, -0.0, np.nan, np.inf, 1e-40], ml_dtypes.bfloat16)
    assert worker.call(target("type_name"), sent) == "conformance.remote.wire.Bits"
    back = worker.call(target("echo"), sent)
    assert back.dtype == ml_dtypes.bfloat16
    assert back.tobytes() == sent.tobytes()


def test_numpy_scalars_and_nested_values_keep_their_types(worker: Worker) -> None:
    sent: Any = {
        "scalars": (np.float32(0.1), np.int8(-3), np.bool_(True), np.float64("-inf")),
        "floats": [-0.0, float("inf"), 5e-324, 0.1],
        "rest": [None, True, 10**30, "ü\n", b"\x00\xff", (), [], {}],
    }
    back = worker.call(target("echo"), sent)
    assert repr(back) == repr(sent)
    # numpy 1 and numpy 2 name their scalars alike, but do not print them alike.
    assert worker.call(target("type_name"), np.float32(0.1)) == "numpy.float32"
    assert worker.call(target("type_name"), 0.1) == "builtins.float"
    assert repr(worker.call(target("echo"), float("nan"))) == "nan"


def test_a_received_array_may_be_written_to(worker: Worker) -> None:
    sent = np.arange(5.0)
    np.testing.assert_array_equal(worker.call(target("double_in_place"), sent), 2 * sent)
    np.testing.assert_array_equal(sent, np.arange(5.0))


def test_large_messages_pass_both_ways(worker: Worker) -> None:
    sent = np.random.default_rng(0).integers(0, 256, 64_000_000, np.uint8)
    assert np.array_equal(worker.call(target("echo"), sent), sent)


def test_an_argument_that_cannot_be_sent_is_refused_and_nothing_is_called(worker: Worker) -> None:
    pid = worker.call("os:getpid")
    with pytest.raises(TypeError, match=r"args\[1\]\['x'\] is a builtins.object"):
        worker.call(target("echo"), 1, {"x": object()})
    assert worker.call("os:getpid") == pid


# Exceptions


def test_an_exception_is_told_in_full_and_keeps_the_process(worker: Worker) -> None:
    pid = worker.call("os:getpid")
    with pytest.raises(RemoteRaised) as caught:
        worker.call(target("raise_value_error"))
    error = caught.value
    assert error.type == "builtins.ValueError"
    assert error.bases[:2] == ["builtins.ValueError", "builtins.Exception"]
    assert error.message == "a message\nof two lines"
    assert "in raise_value_error" in error.traceback
    assert "the cause" in error.traceback
    assert "_answer" not in error.traceback
    assert error.last_words == "just before"
    assert "remote_targets:raise_value_error on worker 'tested' raised" in str(error)
    assert worker.call("os:getpid") == pid


@pytest.mark.parametrize(
    ("name", "args", "kind", "message"),
    [
        ("raise_unprintable", (), "remote_targets.Unprintable", "__str__ raised RuntimeError"),
        ("leave", (3,), "builtins.SystemExit", "3"),
        ("unsendable", (), "builtins.TypeError", r"the result['x'][1] is a _thread.lock"),
        ("missing", (), "builtins.AttributeError", "missing"),
        ("echo", (), "builtins.TypeError", "echo() missing 1 required"),
    ],
)
def test_odd_exceptions_are_raised_too_and_keep_the_process(
    worker: Worker, name: str, args: tuple[Any, ...], kind: str, message: str
) -> None:
    pid = worker.call("os:getpid")
    with pytest.raises(RemoteRaised) as caught:
        worker.call(target(name), *args)
    assert caught.value.type == kind
    assert message in caught.value.message
    assert worker.call("os:getpid") == pid


def test_a_module_that_is_not_there_is_an_import_error(worker: Worker) -> None:
    with pytest.raises(RemoteRaised) as caught:
        worker.call("no_such_package.module:function")
    assert "builtins.ImportError" in caught.value.bases


# Printing


def test_printing_at_every_level_is_harmless_and_stdin_is_empty(worker: Worker) -> None:
    assert worker.call(target("print_everywhere"), 5, 10) == ""
    assert worker.call(target("echo"), 1) == 1


def test_printing_megabytes_neither_blocks_nor_piles_up(worker: Worker) -> None:
    assert worker.call(target("print_everywhere"), 3, 4_000_000) == ""
    with pytest.raises(WorkerCrashed) as caught:
        worker.call(target("say_and_exit"), "x" * 1_000_000 + "the end", 1)
    assert caught.value.last_words.endswith("xthe end")
    assert len(caught.value.last_words) <= 4096


def test_the_last_words_are_all_of_one_call(new_worker: NewWorker) -> None:
    with new_worker(env={"PYTHONUNBUFFERED": ""}) as worker:
        worker.call(target("print_everywhere"), 1, 10)
        with pytest.raises(RemoteRaised) as raised:
            worker.call(target("raise_unprintable"))
        assert raised.value.last_words == ""
        with pytest.raises(WorkerCrashed) as crashed:
            worker.call(target("say_and_exit"), "so long", 3)
        assert crashed.value.last_words == "so long"


def test_the_controllers_own_stdin_and_stdout_are_left_alone(python: str) -> None:
    script = f"""if True:
        from conformance.remote.client import Worker
        with Worker({python!r}, path=[{str(HERE)!r}]) as worker:
            print(repr(worker.call("remote_targets:print_everywhere", 1, 10)))
    """
    command = [sys.executable, "-c", script]
    controller = subprocess.run(
        command, cwd=ROOT, input="not for the worker", capture_output=True, text=True, check=True
    )
    assert controller.stdout == "''\n"
    assert controller.stderr == ""


def test_a_function_that_closes_its_output_does_not_keep_the_controller_busy(
    new_worker: NewWorker,
) -> None:
    with new_worker() as worker:
        worker.call("os:getpid")
        start = time.process_time()
        worker.call(target("close_the_output"), 0.5)
        assert time.process_time() - start < 0.2


def test_programs_that_a_function_starts_do_not_inherit_the_pipes(worker: Worker) -> None:
    assert worker.call(target("inheritable_descriptors")) == []


# Threads


def test_concurrent_calls_take_turns_in_one_process(new_worker: NewWorker) -> None:
    def calls(number: int) -> list[Any]:
        return [worker.call(target("echo"), [number, i, np.full(9, i)])[:2] for i in range(25)]

    with new_worker() as worker, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(calls, range(8))) == [[[n, i] for i in range(25)] for n in range(8)]
        assert len(set(pool.map(lambda _: worker.call(target("identity")), range(20)))) == 1


def test_a_worker_outlives_the_thread_that_started_it(new_worker: NewWorker) -> None:
    pids: list[int] = []
    with new_worker() as worker:
        thread = threading.Thread(target=lambda: pids.append(worker.call("os:getpid")))
        thread.start()
        thread.join()
        time.sleep(0.1)
        assert worker.pid == pids[0]
        assert worker.call("os:getpid") == pids[0]


def test_the_errors_can_be_pickled_as_test_runners_do(new_worker: NewWorker) -> None:
    with new_worker() as worker:
        for name, args in (("raise_value_error", ()), ("say_and_exit", ("so long", 3))):
            with pytest.raises(RemoteError) as caught:
                worker.call(target(name), *args)
            copy = pickle.loads(pickle.dumps(caught.value))
            assert type(copy) is type(caught.value)
            assert str(copy) == str(caught.value)
            assert vars(copy) == vars(caught.value)
