"""What works with PyTorch: the rows of the table in docs/torch.md, and the tests that prove it."""

from __future__ import annotations

from tests.grl_torch.rows import NOTHING, Cell, error, row, works

TRANSFORMS = ("grad", "vjp", "jvp", "jacrev", "jacfwd")
COMPILED = "test_transforms.py::test_compiled_transform"
EXPORTED = "test_export.py::test_trains_as_in_eager_mode"

ROWS = [
    row("eager: value and gradient", works("test_amp.py::test_dtypes")),
    row("double backward, forward mode (`forward_ad`)", works("test_gradcheck.py::test_surrogate")),
    row("`is_grads_batched`", works("test_state.py::test_batched_cotangents")),
    *(
        row(f"`torch.func.{name}`", works(f"test_transforms.py::test_transform[{name}-]"))
        for name in TRANSFORMS
    ),
    row(
        "`torch.func.hessian`", works("test_transforms.py::test_second_derivatives[hessian-eager]")
    ),
    row(
        "`vmap`, `vmap(grad)`, a scale for each sample",
        works("test_transforms.py::test_vmap_over_samples_and_numbers"),
    ),
    row(
        "backward through `vmap`, `vmap` of a backward",
        works("test_transforms.py::test_backward_through_vmap"),
    ),
    row("`torch.func.functional_call`", works("test_state.py::test_functional_call")),
    row(
        "`torch.compile(fullgraph=True)`",
        works("test_compile.py::test_compiled_agrees_with_eager"),
    ),
    *(row(f"`torch.compile` over `{name}`", works(f"{COMPILED}[{name}-]")) for name in TRANSFORMS),
    row(
        "`torch.compile` over `hessian`",
        works("test_transforms.py::test_second_derivatives[hessian-compiled]"),
    ),
    row(
        "a scheduled scale in compiled code",
        works("test_compile.py::test_schedule[MulScalar]"),
        gradient_reversal=works(
            "test_compile.py::test_schedule[GradientReversal]",
            "test_scheduler.py::test_compiled_code",
        ),
        shake_shake=Cell(
            "has none; draws anew", ("test_compile.py::test_shake_shake_module_draws_anew",)
        ),
    ),
    row(
        "double backward of compiled code",
        error("RuntimeError", "test_limits.py::test_double_backward_of_compiled_code", issue=91469),
    ),
    row(
        "compiled code called with dual numbers, or making them",
        works(
            "test_declared.py::test_compiled_function_of_dual_numbers",
            "test_declared.py::test_dual_numbers_inside_of_compiled_code",
        ),
    ),
    row(
        "`torch.export`, strict or not; saved, loaded, decomposed; then trained",
        works(f"{EXPORTED}[-scalar]"),
        gradient_reversal=works(f"{EXPORTED}[-reversal]", f"{EXPORTED}[-reversal per sample]"),
        shake_shake=works(f"{EXPORTED}[-shake]", f"{EXPORTED}[-shake per image]"),
    ),
    row(
        "`make_fx` in each tracing mode, `pre_dispatch` or not; then trained, twice derived",
        works("test_make_fx.py::test_trained", "test_make_fx.py::test_network"),
    ),
    row(
        "`make_fx` over `torch.func`; then trained",
        Cell(
            "works; error with `pre_dispatch=True`",
            (
                "test_make_fx.py::test_transform",
                "test_make_fx.py::test_transform_with_pre_dispatch_is_an_error",
            ),
        ),
    ),
    row(
        "AOTAutograd: `aot_function`, `aot_module`; one kernel with its neighbours",
        works(
            "test_make_fx_aot.py::test_layer",
            "test_make_fx_aot.py::test_gradient_inside",
            "test_make_fx_aot.py::test_module",
            "test_make_fx_aot.py::test_fuses_with_its_neighbours",
        ),
    ),
    row(
        "an exported or recorded program in forward mode, or under `torch.func.grad`",
        Cell(
            "error: NotImplementedError, RuntimeError",
            (
                "test_export.py::test_forward_mode_is_an_error",
                "test_export.py::test_under_grad_is_an_error",
                "test_make_fx.py::test_transform_of_the_graph",
            ),
        ),
        mul_scalar=works("test_make_fx.py::test_transform_of_the_graph"),
    ),
    row("activation checkpointing, both modes", works("test_checkpoint.py::test_network")),
    row("the same, compiled", works("test_checkpoint.py::test_compiled")),
    row(
        "the same, drawing from the default generator",
        NOTHING,
        shake_shake=works("test_checkpoint.py::test_default_generator_is_replayed"),
    ),
    row(
        "the same, drawing from `generator=`",
        NOTHING,
        shake_shake=Cell(
            "works; error: RuntimeError with `preserve_rng_state=False`",
            (
                "test_checkpoint_generator.py::test_another_generator_is_replayed",
                "test_checkpoint_generator.py::test_modes",
                "test_checkpoint_generator.py::test_two_backward_passes",
                "test_checkpoint_generator.py::test_compiled",
                "test_checkpoint_generator.py::test_another_generator_whose_draws_are_kept",
                "test_checkpoint_generator.py::test_another_generator_is_refused",
                "test_checkpoint.py::test_coefficients_drawn_outside",
            ),
        ),
    ),
    row(
        "the same where seeds are set again between the forward passes",
        NOTHING,
        shake_shake=Cell(
            "works; error: RuntimeError where the draws cannot be told apart",
            (
                "test_replay.py::test_a_seed_in_every_step",
                "test_replay.py::test_both_generators_seeded_alike",
                "test_replay.py::test_a_seed_that_tells_no_forward_passes_apart",
                "test_replay.py::test_a_seed_while_an_older_graph_is_kept",
            ),
        ),
    ),
    row(
        "the same under DistributedDataParallel, FSDP2, DTensor",
        NOTHING,
        shake_shake=works(
            "test_checkpoint_distributed.py::test_data_parallel",
            "test_checkpoint_distributed.py::test_distributed_tensor",
        ),
    ),
    row(
        "`generator=` in compiled code",
        NOTHING,
        shake_shake=error(
            "Unsupported, with `fullgraph=True`; else works",
            "test_limits.py::test_generator_in_compiled_code",
            issue=88576,
        ),
    ),
    row(
        "DistributedDataParallel, 2 processes",
        works(
            "test_distributed.py::test_gradients_are_those_of_one_process",
            "test_distributed.py::test_compiled",
        ),
    ),
    row(
        "one seed on all ranks",
        NOTHING,
        shake_shake=Cell(
            "ranks draw different numbers",
            (
                "test_ranks.py::test_one_seed_gives_each_rank_its_own",
                "test_ranks.py::test_recomputation_draws_the_same",
            ),
        ),
    ),
    row(
        "FSDP2 (`fully_shard`), 2 processes",
        works(
            "test_fsdp.py::test_gradients_are_those_of_one_process",
            "test_fsdp.py::test_mixed_precision",
        ),
    ),
    row(
        "DTensor: sharded, replicated",
        works("test_dtensor.py::test_agrees_with_the_whole_tensor"),
    ),
    row(
        "DTensor with a plain tensor of numbers per sample",
        error(
            "RuntimeError, mixed tensors",
            "test_dtensor.py::test_numbers_per_sample_must_be_a_dtensor_too",
        ),
    ),
    row("autocast to bfloat16, float16", works("test_amp.py::test_autocast")),
    row("GradScaler", works("test_amp.py::test_grad_scaler")),
    row("float16, bfloat16, float32, float64", works("test_amp.py::test_dtypes")),
    row(
        "`.half()`, `.to()`: the number stays exact",
        works("test_amp.py::test_a_module_that_is_cast_keeps_its_number[MulScalar]"),
        gradient_reversal=works(
            "test_amp.py::test_a_module_that_is_cast_keeps_its_number[GradientReversal]"
        ),
        shake_shake=works("test_state.py::test_copies[half]"),
    ),
    row(
        "complex64, complex128",
        works("test_complex.py::test_gradient", "test_complex.py::test_infinite_parts_stay_apart"),
        shake_shake=error("TypeError", "test_complex.py::test_shake_shake_refuses_them"),
    ),
    row(
        "integers, bool, float8", error("TypeError", "test_limits.py::test_dtypes_that_are_refused")
    ),
    row(
        "channels_last, expanded, non-contiguous, 0-d, empty",
        works("test_layouts.py::test_layout"),
    ),
    row("meta and fake tensors", works("test_layouts.py::test_meta", "test_layouts.py::test_fake")),
    row(
        "jagged nested tensors",
        works(
            "test_nested.py::test_jagged",
            "test_nested.py::test_jagged_with_a_number_for_each_sample",
        ),
    ),
    row(
        "strided nested tensors",
        error("RuntimeError", "test_nested.py::test_strided_is_refused", issue=132111),
    ),
    row(
        "sparse and mkldnn tensors",
        error("PyTorch has no operator", "test_limits.py::test_other_kinds_of_storage"),
        mul_scalar=works("test_limits.py::test_other_kinds_of_storage"),
    ),
    row("deepcopy, pickle, `state_dict`", works("test_state.py::test_copies")),
    row(
        "an operation in place after it",
        works("test_limits.py::test_in_place_after_it"),
        gradient_reversal=error(
            "RuntimeError, the output is a view", "test_limits.py::test_in_place_after_it"
        ),
    ),
    row(
        "the same with `copy=True`",
        Cell("is a copy anyway", ("test_limits.py::test_in_place_after_it",)),
        gradient_reversal=works(
            "test_gradient_reversal.py::test_a_copy_may_be_edited_in_place",
            f"{EXPORTED}[-reversal, copied]",
        ),
    ),
    row(
        "more than two branches",
        Cell("takes one tensor", ("test_amp.py::test_dtypes",)),
        shake_shake=works(
            "test_shake_branches.py::test_values_and_gradients",
            "test_shake_branches.py::test_drawn_coefficients",
            "test_shake_branches.py::test_under_transforms",
            "test_shake_branches.py::test_compiled",
            f"{EXPORTED}[-three branches]",
            "test_make_fx.py::test_more_branches",
            "test_nested.py::test_jagged_with_more_branches",
        ),
    ),
    row(
        "`torch.jit.trace`",
        Cell("works; error when it is saved", ("test_limits.py::test_torchscript",)),
    ),
    row(
        "`torch.jit.script`",
        error("RuntimeError or NotSupportedError", "test_limits.py::test_torchscript", issue=35749),
    ),
    row(
        "`torch.fx.symbolic_trace`",
        error("TypeError", "test_limits.py::test_symbolic_trace", issue=84515),
    ),
]
