# devhook in a container: one static binary, no shell, an ordinary user, nothing written but /data.
#
#   docker build -t devhook .
#
# On a developer's machine; the database lies in /data:
#
#   docker run --rm --network host -v devhook:/data devhook up --local 3000
#
# Without --network host the app's port has to be reachable from inside the container (--local host.docker.internal:3000),
# --bind 0.0.0.0 makes the public port reachable from outside it, and -p publishes it.
#
# A relay keeps its host key and its list of ports in /data. /keys holds the authorized_keys file; the folder is mounted,
# not the file, so that changes are seen:
#
#   mkdir keys && cp id_ed25519.pub keys/authorized_keys
#   docker run -d --name relay --restart unless-stopped --read-only --cap-drop ALL --security-opt no-new-privileges \
#     -v devhook-relay:/data -v ./keys:/keys:ro -p 80:80 -p 8000:8000 -p 8080:8080 -p 2222:2222 -p 7080:7080 \
#     devhook relay --authorized-keys /keys/authorized_keys --public-host relay.example.com
#
# With --metrics :9464 and -p 127.0.0.1:9464:9464 there are metrics, and /readyz for a balancer. A folder of the host's own in
# place of the volume must belong to user 65532. With --network host port 80 needs a right that this user lacks: see --ports.
# docker stop lets what is under way end; it takes five seconds at most.

FROM golang:1.26 AS build
ARG VERSION=
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X main.released=$VERSION" -o /out/devhook ./cmd/devhook \
 && mkdir -m 0700 /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/devhook /devhook
COPY --from=build --chown=65532:65532 /out/data /data
ENV HOME=/data XDG_STATE_HOME=/data XDG_CONFIG_HOME=/data
USER 65532:65532
VOLUME /data
EXPOSE 80 443 8000 8080 8443 2222 7080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/devhook"]
