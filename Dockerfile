# Both programs, and what workers need:
#   docker build -t polytag:0.1.0 .
#   docker run --rm -v "$PWD:/data" polytag:0.1.0 polytag-eval predict /data/photos --model /data/model
FROM node:22-bookworm-slim AS build
# For the native kernels; without a compiler the engine computes in WebAssembly.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN npm ci --ignore-scripts --no-audit --no-fund && npm run build
RUN mkdir /packed && npm pack --ignore-scripts --workspace packages --workspace apps --pack-destination /packed

# The programs as their users install them.
FROM node:22-bookworm-slim
WORKDIR /opt/polytag
RUN --mount=type=bind,from=build,source=/packed,target=/packed \
    npm init --yes >/dev/null && \
    npm install --ignore-scripts --no-audit --no-fund /packed/*.tgz bullmq@6.7.0 ioredis@5.9.2 && \
    npm cache clean --force
ENV NODE_ENV=production PATH=/opt/polytag/node_modules/.bin:$PATH
USER node
WORKDIR /data
CMD ["polytag-eval", "--help"]
