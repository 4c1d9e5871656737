/** Answers to the API server's admission reviews. */
package io.sockway.deploy.admission;
