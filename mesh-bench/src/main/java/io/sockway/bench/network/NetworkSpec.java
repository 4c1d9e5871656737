package io.sockway.bench.network;

import io.sockway.bench.lab.ContainerLink;
import io.sockway.bench.lab.NodeSettings;

/**
 * A variant of the network.
 *
 * @param name for people
 * @param link how pods reach each other
 * @param settings of the pods' devices and of the machine
 */
record NetworkSpec(String name, ContainerLink link, NodeSettings settings) {
}
