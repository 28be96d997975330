# AtoCore in a container: `docker compose up -d` beside compose.yaml; docs/running.md says the rest.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsup.config.ts ./
COPY src src
COPY plugins plugins
ARG ATOCORE_BUILD_SHA=
ARG ATOCORE_BUILD_TIME=
ARG ATOCORE_BUILD_BRANCH=
RUN npm run build
RUN npm prune --omit=dev

FROM ${NODE_IMAGE}
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json README.md LICENSE ./
COPY docs docs
COPY store-template store-template
# Everything that is written lies in these four, which compose.yaml binds to folders of the host.
ENV NODE_ENV=production \
    ATOCORE_STORE=/store \
    ATOCORE_BACKUP_DIR=/backups \
    XDG_CONFIG_HOME=/config \
    XDG_STATE_HOME=/state \
    ATOCORE_HOST=0.0.0.0 \
    ATOCORE_PORT=8100 \
    ATOCORE_EXPOSE=1
USER node
EXPOSE 8100
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.ATOCORE_PORT + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["up"]
