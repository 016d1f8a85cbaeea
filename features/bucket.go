package features

import "github.com/cespare/xxhash/v2"

// buckets is how many parts a percentage rollout cuts its subjects into: one for each hundredth of a percent.
const buckets = uint64(Everyone)

// Bucket gives the place of a subject in the percentage rollout of a feature, from 0 to 9,999 (docs/evaluation.md
// §4.1). The rollout is open to the subject when its bucket is below the percentage in hundredths: 25% is open to 0 to
// 2,499.
//
// Another program gets the same number so: take the UTF-8 bytes of the feature's key, a colon, and the subject's
// targeting key; their XXH64 hash with seed 0, as an unsigned number; its remainder by 10,000. A key has no colon, so
// no two pairs share their bytes. testdata/buckets.csv holds examples.
func Bucket(key, subject string) int { return int(spread(key, ':', subject) % buckets) }

// variantBucket is Bucket with "#" instead of the colon, so that variants are dealt independently of the rollout: who
// is in the first tenth is not all in the first variant.
func variantBucket(key, subject string) int { return int(spread(key, '#', subject) % buckets) }

// secondBucket is Bucket with "~" instead of the colon, for whoever is dealt a variant a second time.
func secondBucket(key, subject string) int { return int(spread(key, '~', subject) % buckets) }

func spread(key string, salt byte, subject string) uint64 {
	var buffer [maxKey + 1 + maxEmail]byte // on the stack: names are no longer
	text := append(append(append(buffer[:0], key...), salt), subject...)
	return xxhash.Sum64(text)
}
