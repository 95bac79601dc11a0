package e2e_test

// discreet fails if the page leaves something in the browser, or if its address
// or its title names somebody: all people of these tests are called Contoh.
func (p *tab) discreet() {
	p.t.Helper()
	for _, left := range p.traces() {
		p.t.Errorf("%s: %s", p.where(), left)
	}
}

func (p *tab) traces() (left []string) {
	p.t.Helper()
	p.must(`(async () => {
		const kept = [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...await caches.keys(), ...(await indexedDB.databases()).map(d => d.name)];
		const left = kept.map(k => 'keeps ' + k + ' in the browser');
		for (const [where, text] of [['address', decodeURIComponent(location.href)], ['title', document.title]])
			if (/contoh/i.test(text)) left.push('the ' + where + ' names somebody');
		return left; })()`, &left)
	return left
}
