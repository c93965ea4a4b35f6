# devhook in a container: one static binary, no shell, an ordinary user.
#
#   docker build -t devhook .
#   docker run --rm --network host -v devhook:/data devhook up --local 3000
#
# A relay keeps its host key and its list of ports in /data too. /keys holds an authorized_keys file (the folder is
# mounted, so that changes are seen). With --network host port 80 needs a right that this user lacks: see --ports.
#
#   docker run -d --network host -v devhook-relay:/data -v ./keys:/keys:ro devhook \
#     relay --authorized-keys /keys/authorized_keys --public-host relay.example.com
#
# The database lies in /data. Without --network host the app's port has to be reachable from inside the container
# (--local host.docker.internal:3000), --bind 0.0.0.0 makes the public port reachable from outside it, and -p
# publishes it.

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/devhook ./cmd/devhook \
 && mkdir -m 0700 /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/devhook /devhook
COPY --from=build --chown=65532:65532 /out/data /data
ENV HOME=/data XDG_STATE_HOME=/data XDG_CONFIG_HOME=/data
USER 65532:65532
VOLUME /data
ENTRYPOINT ["/devhook"]
