# The learners, as Debian packages them (no pkg-config files). XGBoost is not packaged everywhere, and before
# 1.6 it has but one format for models, whose reader does not survive damaged bytes.
automl_LIBS := -lsvm -llinear -lm
ifneq ($(shell grep -ls XGBoosterSaveModelToBuffer /usr/include/xgboost/c_api.h /usr/local/include/xgboost/c_api.h),)
automl_LIBS += -lxgboost
else
automl_CFLAGS := -DAUTOML_NO_XGBOOST
automl_WITHOUT := examples/automl/model_xgboost.c
endif
