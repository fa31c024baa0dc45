"""Calls that are answered: what travels, what is raised, what is printed; and threads."""

import math
import pickle
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from conformance.remote.client import RemoteError, RemoteRaised, Worker, WorkerCrashed
from tests.conformance.conftest import HERE, ROOT, NewWorker, target

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
DTYPES = [
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
]
SHAPES = [(), (1,), (0,), (3, 0, 2), (7,), (2, 3, 4)]


def bit_pattern(dtype: Any, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """An array of arbitrary bits: NaN payloads and subnormals included."""
    random = np.random.default_rng(0)
    if dtype == "bool":
        return random.integers(0, 2, shape).astype(bool)
    count = math.prod(shape) * np.dtype(dtype).itemsize
    return np.frombuffer(random.bytes(count), dtype).reshape(shape)


# Values


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_and_scalars_arrive_exactly_there_and_back(worker: Worker, dtype: str) -> None:
    for shape in SHAPES:
        sent = bit_pattern(dtype, shape)
        assert worker.call(target("facts"), sent) == {
            "type": "ndarray",
            "dtype": sent.dtype.str,
            "shape": shape,
            "bytes": sent.tobytes(),
            "own": True,
        }
        back = worker.call(target("echo"), sent)
        assert type(back) is np.ndarray
        assert back.flags.writeable
        assert (back.dtype, back.shape, back.tobytes()) == (sent.dtype, shape, sent.tobytes())
    scalar = bit_pattern(dtype, (1,))[0]
    # numpy 1 calls its bool bool_, and prints its scalars as plain numbers.
    there = worker.call(target("type_name"), scalar).rstrip("_")
    assert there == f"numpy.{type(scalar).__name__}"
    back = worker.call(target("echo"), scalar)
    assert type(back) is type(scalar)
    assert back.tobytes() == scalar.tobytes()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_bfloat16_is_bits_there_and_an_array_here(worker: Worker, shape: tuple[int, ...]) -> None:
    sent = bit_pattern(BFLOAT16, shape)
    assert worker.call(target("type_name"), sent) == "conformance.remote.wire.Bits"
    back = worker.call(target("echo"), sent)
    assert (back.dtype, back.shape, back.tobytes()) == (BFLOAT16, shape, sent.tobytes())


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
        ("no_such.module:function", (), "builtins.ModuleNotFoundError", "No module named"),
    ],
)
def test_odd_exceptions_are_raised_too_and_keep_the_process(
    worker: Worker, name: str, args: tuple[Any, ...], kind: str, message: str
) -> None:
    pid = worker.call("os:getpid")
    with pytest.raises(RemoteRaised) as caught:
        worker.call(name if ":" in name else target(name), *args)
    assert caught.value.type == caught.value.bases[0] == kind
    assert message in caught.value.message
    assert worker.call("os:getpid") == pid


# Printing


def test_printing_megabytes_neither_blocks_nor_piles_up_and_stdin_is_empty(worker: Worker) -> None:
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
