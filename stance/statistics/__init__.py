"""Pure functions over arrays and tables: metrics, intervals, agreement, calibration, prevalence."""
