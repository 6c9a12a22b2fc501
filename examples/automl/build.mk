# The learners, as Debian packages them (no pkg-config files).
automl_LIBS := -lsvm -llinear -lxgboost -lm
