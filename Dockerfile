# The production image: one static binary for `relance serve`, `relance work` and `relance migrate`. PostgreSQL and
# Temporal run elsewhere; docker-compose.yml shows the whole.

FROM golang:1.26.8-alpine AS build
WORKDIR /src
# Modules change less often than code: their layer stays.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 GOTOOLCHAIN=local go build -trimpath -buildvcs=false -ldflags="-s -w" -o /relance ./cmd/relance

FROM alpine:3.22
# Certificates for the providers' APIs. Time zones are in the binary.
RUN apk add --no-cache ca-certificates \
    && adduser -D -u 10001 relance \
    && mkdir -p /var/lib/relance/documents \
    && chown -R relance:relance /var/lib/relance
COPY --from=build /relance /usr/local/bin/relance
USER relance
WORKDIR /var/lib/relance
ENTRYPOINT ["relance"]
