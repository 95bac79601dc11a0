package casework

import "time"

// A SignIn is what somebody types at the door of the pages.
type SignIn struct {
	Login    string
	Password string
	Code     string // one-time code, or a recovery code; ignored by accounts without one
	Source   string // address the try comes from; never stored
}

// A Session is somebody who signed in with a browser.
type Session struct {
	User    UserID
	Name    string // for the screen; never for a log
	Roles   []Role
	Expires time.Time // when it ends for want of use, or for good if that is sooner
	Locked  bool      // asks for the password before it shows anything again
	StepUp  time.Time // until when it counts as having proved again who it is; zero: not
	Display Display   // how they want the pages; zero: they never said
	Enrol   bool      // may do nothing yet but set up the second factor that its role must have
}
