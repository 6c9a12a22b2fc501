# The learners, as Debian packages them (no pkg-config files). XGBoost is not packaged everywhere.
automl_LIBS := -lsvm -llinear -lm
ifneq ($(wildcard /usr/include/xgboost/c_api.h /usr/local/include/xgboost/c_api.h),)
automl_LIBS += -lxgboost
else
automl_CFLAGS := -DAUTOML_NO_XGBOOST
automl_WITHOUT := examples/automl/model_xgboost.c
endif
