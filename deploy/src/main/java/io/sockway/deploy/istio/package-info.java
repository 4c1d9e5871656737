/** The same template in the form that Istio's own injector takes. */
package io.sockway.deploy.istio;
