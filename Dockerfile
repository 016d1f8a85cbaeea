# An image with the binary alone. Build it with the version: docker build --build-arg VERSION=$(git describe --tags --always) .
FROM node:22-bookworm AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc Makefile ./
COPY static/vendor static/vendor
RUN make assets

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=assets /src/static/vendor static/vendor
ARG VERSION=development
RUN deploy/build "$(go env GOARCH)" "$VERSION" /image/flagstone \
	&& deploy/licenses >/image/THIRD_PARTY_LICENSES \
	&& cp LICENSE /image/ \
	&& mkdir /image/data /image/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /image/LICENSE /image/THIRD_PARTY_LICENSES /image/flagstone /
COPY --from=build --chown=65532:65532 /image/data /data
COPY --from=build --chown=65532:65532 /image/tmp /tmp
USER 65532:65532
ENV FLAGSTONE_ADDR=:8080 FLAGSTONE_DB=/data/flagstone.db
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=15m CMD ["/flagstone", "health"]
ENTRYPOINT ["/flagstone"]
CMD ["serve"]
