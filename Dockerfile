# syntax=docker/dockerfile:1
# docker build -t planecheck . && docker run --rm -v "$PWD:/work:ro" planecheck k8s/
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY model model
COPY checker checker
COPY counterexamples counterexamples
RUN python -m venv /opt/planecheck \
 && /opt/planecheck/bin/pip install --no-cache-dir --disable-pip-version-check '.[fast]'

FROM python:3.12-slim
COPY --from=build /opt/planecheck /opt/planecheck
RUN useradd --create-home --uid 10001 check
USER check
WORKDIR /work
ENV PATH="/opt/planecheck/bin:$PATH" PYTHONUNBUFFERED=1
ENTRYPOINT ["check"]
CMD ["--help"]
