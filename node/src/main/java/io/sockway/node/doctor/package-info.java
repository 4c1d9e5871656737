/** Looks at a node in two samples and says what holds it back, why that matters and what to do. */
package io.sockway.node.doctor;
