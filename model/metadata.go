package model

import "encoding/json"

// MergeMetadata returns metadata with more merged into it: a key with an empty string is removed, other keys are set. It returns
// nil if more is null, and more if one of them is not an object.
func MergeMetadata(metadata, more JSON) JSON {
	if !more.present() {
		return nil
	}
	var have, add map[string]json.RawMessage
	if metadata.present() && json.Unmarshal(metadata, &have) != nil || json.Unmarshal(more, &add) != nil {
		return more
	}
	if have == nil {
		have = map[string]json.RawMessage{}
	}
	for k, v := range add {
		if string(v) == `""` {
			delete(have, k)
			continue
		}
		have[k] = v
	}
	out, err := json.Marshal(have)
	if err != nil {
		return more
	}
	return out
}

// SameMetadata reports whether two values of metadata are equal, whatever the order of their keys. Nil, null and an empty object
// are equal.
func SameMetadata(a, b JSON) bool { return canonical(a) == canonical(b) }

func (j JSON) present() bool { return len(j) > 0 && string(j) != "null" }

// canonical returns j with sorted keys; empty for null and for an object without keys.
func canonical(j JSON) string {
	var v any
	if !j.present() || json.Unmarshal(j, &v) != nil {
		return ""
	}
	out, err := json.Marshal(v)
	if err != nil || string(out) == "{}" {
		return ""
	}
	return string(out)
}
