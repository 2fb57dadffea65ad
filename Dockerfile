# One image for the API, the worker and the one-purpose commands: `node dist/api/main.js`, `node dist/workers/main.js`, …
FROM node:22-bookworm-slim AS build
WORKDIR /minutebook
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
ENV NODE_ENV=production TZ=UTC
WORKDIR /minutebook
COPY --from=build /minutebook/node_modules ./node_modules
COPY --from=build /minutebook/package.json ./
COPY --from=build /minutebook/dist ./dist
# What /llms.txt leads to.
COPY --from=build /minutebook/docs/*.md /minutebook/docs/platform-openapi.json ./docs/
COPY --from=build /minutebook/client/README.md ./client/
USER node
CMD ["node", "--enable-source-maps", "dist/api/main.js"]
