package replication

// ReadLesson reads what Log.Events wrote: the event up to which the teacher
// told, and the entries about members and voters, oldest first. Nothing in it is
// judged: apply the entries to a state to see what they prove.
func ReadLesson(b []byte) (upto uint64, entries [][]byte, err error) { return decodeLesson(b) }
