"""Keys of the VFE projects' configurations that the first layer's attention never sees."""

TRAINING = frozenset(
    (
        "E_learnable_alpha", "E_learnable_lr", "M_alpha", "M_attention_lr", "M_beta",
        "M_mu_p_lr", "M_output_lr", "M_phi_lr", "M_sigma_p_lr", "M_vfe_hyperparam_lr", "alpha",
        "assert_finite_loss", "attention_lr", "batch_size", "beta", "beta1", "beta2",
        "ce_label_smoothing", "checkpoint_dir", "checkpoint_interval", "compute_rg_metrics",
        "data_dir", "dataset", "debug_vfe_grads", "device", "diagnostics_interval", "dropout",
        "embed_weight_decay", "enable_spd_diagnostics", "epochs", "epsilon", "eval_interval",
        "eval_stride", "evolve_phi", "evolve_sigma", "ffn_lr", "ffn_mode",
        "fiber_trajectory_interval", "fisher_damping", "fisher_ema_decay",
        "gauge_geometry_interval", "grad_accumulation_steps", "grad_clip", "hidden_dim",
        "kappa_gamma", "kappa_warmup_steps", "lambda_gamma", "lambda_hyper", "log_interval",
        "lr_decay", "mass_phi", "max_steps", "min_lr", "min_lr_ratio", "mu_init_std", "mu_lr",
        "non_embed_weight_decay", "normalize_ce_by_dim", "num_workers", "optimizer_type",
        "output_lr", "patience", "phi_lr", "phi_optimizer_metric", "phi_scale",
        "random_offset_per_epoch", "rg_auto_cluster", "rg_metrics_interval", "rg_n_clusters",
        "save_dir", "save_total_limit", "seed", "semantic_analysis_interval", "sigma_lr",
        "stride", "stride_base_seed", "tie_embeddings", "tokenizer",
        "track_iteration_diagnostics", "track_layer_diagnostics", "use_amp", "use_dropout",
        "verbose_diagnostics", "warmup_steps", "weight_decay",
    )
)  # fmt: skip
"""Loss, optimiser, initialisation, data and logging, in VFE-Sim and V1."""

SIM = TRAINING | frozenset(
    (
        "attention_type", "epsilon", "ffn_chunk_size", "ffn_hamiltonian_dt",
        "ffn_hamiltonian_evolve_mass", "ffn_hamiltonian_gamma",
        "ffn_hamiltonian_mass_use_incoming_social", "ffn_hamiltonian_mass_use_observation",
        "ffn_hamiltonian_mass_use_outgoing_recoil", "ffn_hamiltonian_mass_use_prior",
        "ffn_hamiltonian_momentum_scale", "ffn_hamiltonian_n_steps", "ffn_lambda_belief",
        "ffn_learnable_lr", "ffn_max_seq_len", "ffn_n_iterations", "ffn_pattern",
        "ffn_prior_lr", "ffn_pure_fep_mode", "ffn_update_sigma", "ffn_window",
        "n_heads", "phi_max_norm", "pos_encoding_scale", "use_block_diagonal_kl",
        "use_multi_irrep", "use_prior_bank", "use_residual",
    )
)  # fmt: skip
"""What VFE-Sim's variational step is told, and what its tensors tell."""

V1 = TRAINING | frozenset(
    (
        "E_alpha", "E_lambda_belief", "E_lambda_softmax", "E_mu_q_lr", "E_phi_lr",
        "E_sigma_q_lr", "E_sigma_q_trust", "attention_window", "auto_close_cross_head_basis",
        "cache_decode_priors", "causal_lower_triangle", "cocycle_relaxation",
        "connection_hidden_dim", "connection_init_scale", "connection_type", "detach_phi",
        "e_step_early_exit_tol", "e_step_mu_lr", "e_step_phi_lr", "e_step_sigma_floor",
        "e_step_sigma_lr", "e_step_sigma_trust", "em_mode", "evolve_phi_e_step", "ffn_alpha",
        "ffn_lambda_belief", "ffn_lambda_softmax", "ffn_learnable_alpha", "ffn_learnable_lr",
        "ffn_update_sigma", "gauge_covariant_ridge", "gauge_dim", "gradient_checkpoint_vfe",
        "gradient_checkpointing", "holonomy_penalty", "include_attention_entropy",
        "killing_center_reg", "learnable_alpha", "learnable_pb_temperature",
        "learnable_temperature", "omega_trust_region", "phi_dim", "phi_max_norm",
        "phi_natural_gradient", "pos_encoding_scale", "prior_bank_tau",
        "propagate_kl_nonfinite", "residual_type",
        "sigma_aggregation", "sigma_ce_scale", "spd_floor_mode", "use_block_equivariant_mixer",
        "use_equivariant_head_mixer", "use_output_projection", "use_residual",
        "validate_cross_head_closure",
    )
)  # fmt: skip
"""What V1's variational step is told, and options of what is off (``block_config.py``)."""

V3 = frozenset(
    (
        "amp_dtype", "b0", "b0_h", "batch_size", "bch_residual_max", "block_mlp_activation",
        "block_mlp_covariance", "block_mlp_covariance_floor", "block_mlp_dropout",
        "block_mlp_expansion", "block_mlp_mode", "c0", "c0_h", "cg_covariance_floor",
        "cg_covariance_mode", "check_parameter_motion", "checkpoint_interval", "close_basis",
        "cocycle_relaxation", "compile_pair_kernel", "congruence_cond_escalation",
        "connection_weight_decay", "decode_av_precision", "decode_bias", "decode_ce_checkpoint",
        "decode_chunk_size", "decode_mode", "decode_ranking_fp64_escalation", "decode_tau",
        "decode_unigram_prior", "detach_e_step", "deterministic", "e_mu_q_trust", "e_phi_lr",
        "e_q_mu_lr", "e_q_sigma_lr", "e_s_mu_lr", "e_s_sigma_lr", "e_sigma_q_trust",
        "e_step_gradient", "e_step_halt_tol", "e_step_mu_precond", "e_step_update",
        "e_steps_backprop_last", "e_steps_max", "e_steps_min", "ema_decay", "emission_mode",
        "emission_weight", "emit_expensive_diagnostics", "eval_interval", "eval_max_batches",
        "eval_stride", "evaluate_zero_e_steps_counterfactual", "exp_fp64_mode",
        "exp_fp64_norm_threshold", "force_large_figures", "fp32_matmul_precision",
        "full_cov_congruence_certification", "full_cov_congruence_precision",
        "full_cov_kl_condition_escalation", "full_cov_kl_precision", "gamma_attention_prior",
        "gamma_prior_weight", "generate_figures", "grad_accum_steps", "grad_clip",
        "grad_clip_per_role", "gradient_mode", "group_n", "include_attention_entropy",
        "irrep_spec", "kappa_gamma", "lambda_alpha", "lambda_alpha_mode", "lambda_beta",
        "lambda_gamma", "lambda_h", "lambda_h_mode", "layernorm_affine",
        "learnable_kappa_gamma", "learnable_r", "link_alpha", "link_soft_cap", "log_interval",
        "m_block_mlp_lr", "m_head_evidence_lr", "m_head_mixer_lr", "m_p_mu_lr", "m_p_sigma_lr",
        "m_phi_group_trust_radius", "m_phi_lr", "m_phi_update_mode", "m_s_phi_lr", "mass_phi",
        "max_steps", "min_lr", "min_lr_frac", "mm_damping", "mstep_self_coupling_weight",
        "mu_init_std", "mu_trust_cholesky_rounds", "mu_trust_mode", "mu_weight_decay",
        "n_e_steps", "norm_type_final", "omega_compact_storage", "omega_metropolis_every",
        "omega_metropolis_temperature", "omega_reflection", "omega_reorth_every",
        "omega_retract_mode", "oracle_unroll_grad", "parameter_motion_rel_tol",
        "phi_mstep_max_matrix_norm", "phi_precond_mode", "phi_retract_mode", "phi_scale",
        "phi_weight_decay", "precision_attention_b0",
        "precision_attention_per_head", "prior_handoff_rho", "prior_handoff_sigma",
        "query_tau_c", "r_update_mode", "randomize_e_steps", "resume_from", "rope_base",
        "rope_full_gauge", "rope_insertion", "rope_on_value", "s_e_step_n_iter",
        "s_frame_mode", "safe_cholesky_jitter_mode", "seed", "share_refine_s_transport",
        "sigma_init", "sigma_max", "sigma_weight_decay", "skip_belief_sigma_update",
        "spd_retract_mode", "transport_clamp_monitor", "trust_resume_checkpoint",
        "unigram_kappa", "untie_decode_bank", "use_block_mlp", "use_cg_coupling", "use_ema",
        "use_head_mixer", "use_prior_bank", "val_diagnostic_batches", "warmup_steps",
        "weight_decay", "z_loss_weight",
    )
)  # fmt: skip
"""The fields of ``VFE3Config`` that only the steps after the first scores, the readout and the
trainer read, and options of what is off."""
