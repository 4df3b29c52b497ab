// Package provision makes an Amazon Cognito user pool and its app client as
// the server needs them, or says what is wrong with those that are there. It is
// the one part of the program that uses AWS credentials, and it runs by hand:
// `porchlight provision`.
//
// # Why
//
// One table, Settings, has every choice with its reason. The command, the
// check and the CloudFormation template in server/deploy/userpool.json are
// compared with that table, so they cannot come to differ.
//
// UpdateUserPool and UpdateUserPoolClient replace everything: what a request
// leaves out goes back to its default. So what is there is read first and sent
// back whole with the changes in it (merge.go), and a test holds that every
// member of an update has its counterpart in the description. What the table
// does not name stays as it is: call-back URLs, functions, mail settings, tags.
// When nothing differs nothing is sent.
//
// A pool and a client are found by their name, since nothing else is known
// before they are made. Cognito allows several of one name; that is an error
// here, because the wrong one would be changed. Two commands at the same moment
// can make two pools: there is no lock in Cognito to take.
//
// How people sign in and whether case counts can never be changed. A pool of
// the name that has it otherwise is refused before anything is touched.
//
// Credentials are found in the order of the AWS SDKs (credentials.go), without
// the SDK's own module for it: that one links the clients of four more services,
// 1.7 MB with tables that every start of the server would build, for sign-in in
// the browser and for roles. Those are left to the AWS command line, which such
// a profile is mostly made with. Credentials are found once: a run takes
// seconds. A pool on a loopback endpoint is an emulator, which checks none; it
// gets made-up ones, so that the real ones are not looked for.
package provision
