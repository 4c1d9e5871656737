# JVM options of Maven itself: it lives for seconds, and its Guava calls a method of Unsafe that Java 25 warns of.
export MAVEN_OPTS ?= -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED
MVN = JAVA_HOME="$$(build/find-jdk)" mvn --batch-mode -Dstyle.color=never

# Maven takes seconds to find out that nothing changed; find does not.
INPUTS = pom.xml build $(wildcard */pom.xml */src)
STAMP = target/built

# Runs Maven with the arguments $(1). The stamp is as old as the start, so that an edit during the build counts as a change.
define maven
mkdir -p target && touch target/started && $(MVN) $(1) && mv target/started $(STAMP)
endef

.DEFAULT_GOAL := help
.PHONY: help deps build test kernels suites servers demo clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

deps: ## Install what is missing (apt, the JDK, Envoy); as root where something is
	@build/deps

build: deps ## Build ./sockway, without tests, if anything changed
	@if [ ! -e $(STAMP) ] || [ ! -e sidecar/target/sockway.jar ] || [ -n "$$(find $(INPUTS) -newer $(STAMP) -print -quit)" ]; then \
	    $(call maven,-Dorg.slf4j.simpleLogger.defaultLogLevel=warn -DskipTests package); \
	fi

test: deps ## Build and run all checks and tests
	@$(call maven,verify)

kernels: ## Try the BPF programs on Debian's kernels 5.10, 6.1 and 6.12, under emulation; not part of test
	@build/kernels

suites: build ## The network tests of CPython, Go, Node and the JDK, outside and inside an accelerated cgroup (half an hour); ARGS="go node"
	@build/suites/run $(ARGS)

servers: build ## nginx, HAProxy, Redis, PostgreSQL, ... under load, outside and inside an accelerated cgroup (a quarter of an hour)
	@build/servers/run $(ARGS)

demo: build ## Show what Sockway does on this machine; as root; ARGS="..." go to ./sockway demo
	@./sockway demo $(ARGS)

clean: ## Remove what the build made (not .tools)
	rm -rf target */target
