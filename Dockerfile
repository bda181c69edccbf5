# An image for machines with NVIDIA GPUs and the NVIDIA container toolkit:
#   docker build -t dreamerv2_tf .
#   docker run --gpus all -v "$PWD/logdir:/dreamerv2_tf/logdir" dreamerv2_tf --configs atari --task atari_pong
# TensorFlow brings its own CUDA libraries; the base image only has to show it the GPU.
FROM nvidia/cuda:12.9.1-base-ubuntu24.04
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /dreamerv2_tf
COPY . .
RUN EXTRAS=cuda scripts/environment
ENTRYPOINT [".venv/bin/python", "-m", "dreamerv2_tf.train"]
