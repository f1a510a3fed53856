# One image for every role: web, scheduler, worker, migrate. Which one it is, the command says.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv /srv/newsletter \
 && /srv/newsletter/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY . .
RUN /srv/newsletter/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --create-home --home-dir /var/lib/newsletter newsletter
COPY --from=build /srv/newsletter /srv/newsletter
ENV PATH=/srv/newsletter/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NEWSLETTER_DATA_DIR=/var/lib/newsletter/data \
    NEWSLETTER_HOST=0.0.0.0
USER newsletter
WORKDIR /var/lib/newsletter
RUN mkdir data
VOLUME /var/lib/newsletter/data
EXPOSE 8025
# SIGTERM drains: messages on the wire are finished and recorded
STOPSIGNAL SIGTERM
ENTRYPOINT ["newsletter"]
CMD ["serve"]
