# The table of units: which lab each unit belongs to, and whether the library has a tuned definition of it.
#
#   tinytorch_unit(<unit> <lab> <part> [TUNED] [UNNAMED <file>] [UNTAUGHT <file>])
#
# The solution of `core/strides` is modules/01_tensor/solution/strides.cpp. The skeleton is in
# modules/01_tensor/skeleton/, the student's file in work/01_tensor/. With TUNED the library takes src/core/strides.cpp
# instead of the solution. A stack in which the lab is not named takes the solution too, where it is to take solutions;
# with UNNAMED it takes that file. A unit with UNTAUGHT is no student's to write: that file is its solution, also where
# the rest of the lab is the student's.
#
#   tinytorch_lab(<lab> TESTS <files> [MEASURE <files>] [BENCH <files>])
#
# The files of a lab: its tests, the program behind its predictions, its benchmarks. Paths are below modules/<lab>/.

tinytorch_unit(core/machine       00_setup    A)
tinytorch_unit(core/timing        00_setup    B)
tinytorch_unit(core/strides       01_tensor   A)
tinytorch_unit(core/broadcast     01_tensor   B)
tinytorch_unit(core/elementwise   01_tensor   B TUNED)
tinytorch_unit(core/reductions    01_tensor   B TUNED)
tinytorch_unit(core/matmul        01_tensor   C)
tinytorch_unit(nn/initial_weights 02_mlp      A)
tinytorch_unit(nn/linear          02_mlp      A TUNED)
tinytorch_unit(nn/loop_orders     02_mlp      A)
tinytorch_unit(core/activations   02_mlp      B TUNED)
tinytorch_unit(nn/loss            02_mlp      B)
tinytorch_unit(nn/mlp             02_mlp      C)
tinytorch_unit(nn/conv            03_cnn      A)
tinytorch_unit(nn/pool            03_cnn      B TUNED)
tinytorch_unit(nn/conv_grad       03_cnn      C)
tinytorch_unit(nn/conv/conv_kernels 03_cnn    C TUNED UNTAUGHT src/nn/conv/no_conv_kernels.cpp)
# A loop over neighbouring pixels becomes a copy of its own, which is vectorised.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(unit_nn_conv_solution PRIVATE -fversion-loops-for-strides)
  target_compile_options(unit_nn_conv_grad_solution PRIVATE -fversion-loops-for-strides)
endif()
tinytorch_unit(core/gradcheck     04_autograd A)
tinytorch_unit(core/vjps          04_autograd B)
tinytorch_unit(core/graph         04_autograd C)
tinytorch_unit(data/readers       05_data     A)
tinytorch_unit(data/batching      05_data     B)
tinytorch_unit(data/prefetch      05_data     C)
tinytorch_unit(optim/rules        06_training A)
tinytorch_unit(optim/loop         06_training B)
tinytorch_unit(optim/checkpoint   06_training C)
tinytorch_unit(core/config        07_config   A)
tinytorch_unit(core/experiment    07_config   B)
tinytorch_unit(profiling/spans    08_profiling A)
tinytorch_unit(profiling/costs    08_profiling B)

tinytorch_unit(nn/quantize        09_compression A)
tinytorch_unit(nn/int8            09_compression B TUNED)
tinytorch_unit(nn/layer_errors    09_compression B)
tinytorch_unit(nn/prune           09_compression C)

tinytorch_unit(core/gemm_loops    10_kernels  A)
tinytorch_unit(core/gemm_packed   10_kernels  B)
# A student's loops of lab 01 compute all products until lab 10 is named.
tinytorch_unit(core/kernels       10_kernels  B TUNED UNNAMED src/core/gemm/no_kernels.cpp)
tinytorch_unit(core/gemm_parallel 10_kernels  C)
tinytorch_unit(core/gemm_tiles    10_kernels  D)

tinytorch_unit(profiling/statistics 11_benchmarking A)
tinytorch_unit(profiling/loadgen    11_benchmarking B)

tinytorch_unit(nn/deploy_registry 12_mlops A)
tinytorch_unit(nn/deploy_batching 12_mlops B)
tinytorch_unit(profiling/monitor  12_mlops C)

# The explorer of schedules, for suites with threads.
set(explorer
  ../../tests/kit/instruments/schedule.cpp
  ../../tests/kit/instruments/schedule/calls.cpp
  ../../tests/kit/instruments/schedule/functions.cpp
  ../../tests/kit/instruments/schedule/memory.cpp
  ../../tests/kit/instruments/schedule/threads.cpp
  ../../tests/kit/instruments/schedule/trace.cpp)

tinytorch_lab(00_setup
  TESTS
    tests/0_1_parse_size.cpp
    tests/0_2_count_cpu_list.cpp
    tests/0_3_read_caches.cpp
    tests/0_4_count_cores.cpp
    tests/0_5_allocate_aligned.cpp
    tests/0_6_clock_resolution.cpp
    tests/0_7_median.cpp
    tests/0_8_time_median.cpp
    tests/0_9_chase.cpp
  MEASURE
    measure/measure_00.cpp
    measure/plot.cpp
  BENCH
    bench/memory_bench.cpp
    bench/timing_bench.cpp)

tinytorch_lab(01_tensor
  TESTS
    tests/1_1_contiguous.cpp
    tests/1_2_permute.cpp
    tests/1_3_slice.cpp
    tests/1_4_expand.cpp
    tests/1_5_contiguous.cpp
    tests/1_6_reshape.cpp
    tests/1_7_broadcast_shapes.cpp
    tests/1_8_binary.cpp
    tests/1_9_reductions.cpp
    tests/1_10_matmul.cpp
  MEASURE
    measure/measure_01.cpp
    ../../tests/kit/instruments/cache_model.cpp
  BENCH
    bench/elementwise_bench.cpp
    bench/matmul_bench.cpp
    bench/walk_bench.cpp)

tinytorch_lab(02_mlp
  TESTS
    tests/2_1_initial_weights.cpp
    tests/2_2_linear.cpp
    tests/2_3_loop_orders.cpp
    tests/2_4_activations.cpp
    tests/2_5_softmax.cpp
    tests/2_6_cross_entropy.cpp
    tests/2_7_other_losses.cpp
    tests/2_8_sequential.cpp
    tests/2_9_costs.cpp
  MEASURE
    measure/layer_walks.cpp
    measure/measure_02.cpp
    measure/roofline.cpp
    ../../tests/kit/instruments/cache_model.cpp
  BENCH
    bench/activation_bench.cpp
    bench/linear_bench.cpp
    bench/loss_bench.cpp
    measure/roofline.cpp)

tinytorch_lab(03_cnn
  TESTS
    tests/3_1_output_size.cpp
    tests/3_2_direct.cpp
    tests/3_3_im2col.cpp
    tests/3_4_gemm.cpp
    tests/3_5_max_pool.cpp
    tests/3_6_cost.cpp
    tests/3_7_choose.cpp
    tests/3_8_col2im.cpp
    tests/3_9_grad_input.cpp
    tests/3_10_grad_weight.cpp
    tests/3_11_pool_grad.cpp
  MEASURE
    measure/measure_03.cpp
    ../../tests/kit/instruments/cache_model.cpp
  BENCH
    bench/conv_bench.cpp)

tinytorch_lab(04_autograd
  TESTS
    tests/4_1_gradcheck.cpp
    tests/4_1_infinities.cpp
    tests/4_2_unbroadcast.cpp
    tests/4_3_mul_div.cpp
    tests/4_4_matmul.cpp
    tests/4_5_sum_mean.cpp
    tests/4_6_slice_permute.cpp
    tests/4_7_relu_tanh_exp.cpp
    tests/4_8_log_softmax_cross_entropy.cpp
    tests/4_9_record.cpp
    tests/4_10_backward_order.cpp
    tests/4_11_accumulate.cpp
    tests/4_11_free.cpp
    tests/4_11_run.cpp
    tests/4_11_threads.cpp
  MEASURE
    measure/measure_04.cpp
    measure/picture.cpp
  BENCH
    bench/graph_bench.cpp
    bench/vjps_bench.cpp)

tinytorch_lab(05_data
  TESTS
    tests/5_1_header.cpp
    tests/5_2_read.cpp
    tests/5_3_split.cpp
    tests/5_4_order.cpp
    tests/5_5_batches.cpp
    tests/5_6_collate.cpp
    tests/5_7_normalizer.cpp
    tests/5_8_shift.cpp
    tests/5_9_queue.cpp
    tests/5_10_order_and_bound.cpp
    tests/5_10_exception_and_stop.cpp
    tests/5_10_breakdown.cpp
    ../../tests/kit/instruments/lock_fault.cpp
    tests/5_9_schedules.cpp
    tests/5_10_schedules.cpp
    ${explorer}
  MEASURE
    measure/gantt.cpp
    measure/measure_05.cpp
    measure/planted_run.cpp
  BENCH
    bench/batching_bench.cpp
    bench/prefetch_bench.cpp)

tinytorch_lab(06_training
  TESTS
    tests/6_1_sgd.cpp
    tests/6_2_adam.cpp
    tests/6_3_step.cpp
    tests/6_4_cosine.cpp
    tests/6_5_clip.cpp
    tests/6_6_train_step.cpp
    tests/6_7_evaluate.cpp
    tests/6_8_fit.cpp
    tests/6_8_callbacks.cpp
    tests/6_9_checkpoint.cpp
    tests/6_9_resume.cpp
    tests/6_10_save.cpp
    ../../tests/kit/instruments/faulty_files.cpp
  MEASURE
    measure/digit_runs.cpp
    measure/measure_06.cpp
    measure/picture.cpp
  BENCH
    bench/rules_bench.cpp
    bench/step_bench.cpp)

tinytorch_lab(07_config
  TESTS
    tests/7_1_parse.cpp
    tests/7_2_layers.cpp
    tests/7_3_merge.cpp
    tests/7_4_nearest.cpp
    tests/7_5_validate.cpp
    tests/7_6_canonical.cpp
    tests/7_7_grid.cpp
    tests/7_7_random.cpp
    tests/7_8_run_dir.cpp
    tests/7_9_difference.cpp
  MEASURE
    measure/digit_runs.cpp
    measure/measure_07.cpp
  BENCH
    bench/config_bench.cpp
    bench/experiment_bench.cpp)

tinytorch_lab(08_profiling
  TESTS
    tests/8_1_recorder.cpp
    tests/8_2_build_tree.cpp
    tests/8_3_overhead.cpp
    tests/8_4_memory.cpp
    tests/8_5_op_cost.cpp
    tests/8_6_classify.cpp
    tests/8_7_trace.cpp
    tests/8_8_what_if.cpp
  MEASURE
    measure/measure_08.cpp
    measure/part_a.cpp
    measure/part_b.cpp
  BENCH
    bench/costs_bench.cpp
    bench/spans_bench.cpp)

tinytorch_lab(09_compression
  TESTS
    tests/9_1_choose_qparams.cpp
    tests/9_2_quantize.cpp
    tests/9_3_per_channel.cpp
    tests/9_4_observer.cpp
    tests/9_5_int8_linear.cpp
    tests/9_6_int8_conv2d.cpp
    tests/9_7_layer_errors.cpp
    tests/9_8_magnitude_masks.cpp
    tests/9_9_remove_outputs.cpp
  MEASURE
    measure/measure_09.cpp
    measure/digit_net.cpp
    measure/part_a.cpp
    measure/part_b.cpp
  BENCH
    bench/quantize_bench.cpp
    bench/int8_bench.cpp
    bench/prune_bench.cpp)

tinytorch_lab(10_kernels
  TESTS
    tests/10_1_reordered.cpp
    tests/10_2_blocked.cpp
    tests/10_3_pack.cpp
    tests/10_4_micro_kernel.cpp
    tests/10_5_packed.cpp
    tests/10_6_threaded.cpp
    tests/10_7_epilogue.cpp
    tests/10_8_tiles.cpp
  MEASURE
    measure/measure_10.cpp
    measure/part_c.cpp
    ../../tests/kit/instruments/cache_model.cpp
  BENCH
    bench/gemm_bench.cpp
    bench/parallel_bench.cpp)

tinytorch_lab(11_benchmarking
  TESTS
    tests/11_1_quantile.cpp
    tests/11_2_bootstrap.cpp
    tests/11_3_warmup.cpp
    tests/11_4_measure.cpp
    tests/11_5_p_value.cpp
    tests/11_5_ratio.cpp
    tests/11_5_difference.cpp
    tests/11_6_rounds.cpp
    tests/11_7_arrivals.cpp
    tests/11_8_queue.cpp
    tests/11_9_server.cpp
    tests/11_9_stream.cpp
    tests/11_10_gate.cpp
  MEASURE
    measure/measure_11.cpp
  BENCH
    bench/statistics_bench.cpp
    bench/loadgen_bench.cpp)

tinytorch_lab(12_mlops
  TESTS
    tests/12_1_publish.cpp
    tests/12_2_promote.cpp
    tests/12_3_window.cpp
    tests/12_4_answer.cpp
    tests/12_4_schedules.cpp
    tests/12_5_psi.cpp
    tests/12_6_ks.cpp
    tests/12_7_drift.cpp
    tests/12_8_trigger.cpp
    tests/12_9_canary.cpp
    ../../tests/kit/instruments/faulty_files.cpp
    ../../tests/kit/instruments/lock_fault.cpp
    ${explorer}
  MEASURE
    measure/measure_12.cpp
    measure/part_c.cpp
  BENCH
    bench/batching_bench.cpp
    bench/registry_bench.cpp)
