"""Stage 5: what a case found, written for the machines of others. Exporters get a closed ``Bundle`` and nothing else."""
