package web

// alignMost is up to how many pairs of changed lines are weighed for which belongs to which.
const alignMost = 4096

// align puts the lines of a changed stretch beside those that took their place, so that the likest ones are together
// and the order stays; -1 is none.
func align(a, b []string) (out [][2]int) {
	n, m := len(a), len(b)
	if n == m || n == 0 || m == 0 || n*m > alignMost {
		for i := range max(n, m) {
			p := [2]int{i, i}
			if i >= n {
				p[0] = -1
			}
			if i >= m {
				p[1] = -1
			}
			out = append(out, p)
		}
		return out
	}
	best := weigh(a, b)
	for i, j := 0, 0; i < n || j < m; {
		switch {
		case i < n && j < m && best[i][j] > best[i+1][j] && best[i][j] > best[i][j+1]:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case i < n && (j == m || best[i+1][j] >= best[i][j+1]):
			out = append(out, [2]int{i, -1})
			i++
		default:
			out = append(out, [2]int{-1, j})
			j++
		}
	}
	return out
}

// weigh fills best[i][j]: how much the lines from i and from j on have in common if they are put together best.
func weigh(a, b []string) [][]int {
	best := make([][]int, len(a)+1)
	for i := range best {
		best[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1], best[i+1][j+1]+likeness(a[i], b[j]))
		}
	}
	return best
}

// likeness is from 0 to 100; below 40 it is 0. The start of a long line says enough.
func likeness(a, b string) int {
	a, b = a[:min(len(a), 400)], b[:min(len(b), 400)]
	from, end := edges(a, b)
	if n := 100 * (from + end) / max(1, len(a), len(b)); n >= 40 {
		return n
	}
	return 0
}
