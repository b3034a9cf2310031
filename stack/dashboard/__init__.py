"""The dashboard drawn without CloudWatch's console: from its body on the target, with the values of GetMetricData."""
