// Package api is the contract of browser and server: paths, requests with the
// rules for their fields, replies and problems. Both ends compile it, so a
// form and the server that receives it cannot disagree.
//
// A request has Normalize, which tidies what people type, and Check, which says
// field by field what is wrong with it. Both ends call them in that order.
//
// It imports the standard library and package claims only, never net/http: one
// reachable http.Get would add megabytes to what a browser downloads.
package api
