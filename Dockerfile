# One image for every role: web, scheduler, worker, inbound, migrate. Which one it is, the command says.
# A tag may lead elsewhere tomorrow: `make images` prints the reference by digest that docker-compose.yml hands in here.
ARG PYTHON_IMAGE=python:3.13-slim
FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv /srv/newsletter \
 && /srv/newsletter/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY . .
RUN /srv/newsletter/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM ${PYTHON_IMAGE}
# the number is also that of `user:` in docker-compose.yml, and whom a mounted folder must belong to
RUN groupadd --gid 10025 newsletter \
 && useradd --uid 10025 --gid newsletter --create-home --home-dir /var/lib/newsletter newsletter \
 && chmod 700 /var/lib/newsletter
COPY --from=build /srv/newsletter /srv/newsletter
ENV PATH=/srv/newsletter/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NEWSLETTER_DATA_DIR=/var/lib/newsletter/data \
    NEWSLETTER_HOST=0.0.0.0
USER newsletter
WORKDIR /var/lib/newsletter
RUN mkdir --mode=700 data
VOLUME /var/lib/newsletter/data
EXPOSE 8025
# SIGTERM drains: messages on the wire are finished and recorded
STOPSIGNAL SIGTERM
ENTRYPOINT ["newsletter"]
CMD ["serve"]
