"""What people and companies are called. All made up; any likeness is the likeness of common French names."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    """
    Adèle Agathe Alice Amélie Antoine Arthur Aurélie Baptiste Béatrice Benoît Bruno Capucine Cécile Charlotte Chloé Claire
    Clément Damien David Diane Élise Élodie Émilie Éric Estelle Fabien Fanny Florent François Gaëlle Guillaume Hélène Henri
    Irène Jeanne Jérôme Joséphine Julien Juliette Laurent Louise Lucie Manon Marc Margaux Mathilde Maxime Mélanie Nadia
    Nicolas Noémie Olivier Pascal Pauline Philippe Quentin Raphaël Romain Sabine Samir Sébastien Simon Solène Stéphane
    Sylvie Théo Valérie Victor Yann Zoé
    """
)
LAST_NAMES = _words(
    """
    Allard Arnaud Barbier Baron Bénard Bertin Blanchard Bonnet Boucher Boyer Brunet Carlier Caron Charpentier Clément Colin
    Cordier Coste Delaunay Delmas Dumas Dupuis Étienne Fabre Faure Ferrand Fleury Gaillard Garnier Gauthier Germain Guérin
    Guillot Hamon Hervé Huet Jacquet Joly Klein Lacroix Lambert Launay Leblanc Leroux Maillard Marty Masson Mercier Meunier
    Millet Monnier Navarro Noël Olivier Paris Perrin Picard Poirier Prévost Rémy Rivière Rolland Rousseau Royer Sauvage
    Texier Tessier Vasseur Vidal Weber
    """
)
_KINDS = _words(
    """
    Atelier Cabinet Maison Groupe Studio Comptoir Espace Galerie Bureau Librairie Pharmacie Optique Hôtel Clinique Agence
    """
)
_PLACES = _words(
    """
    Alésia Bellecour Bastille Canebière Chartrons Confluence Croisette Esplanade Ternes Gambetta Grenelle Haussmann Jaurès
    Lafayette Lices Malesherbes Marais Mazarine Mériadeck Monplaisir Montorgueil Nation Odéon Opéra Pasteur Perrache
    Pyramides Quinconces Républicaine Rivoli Rotonde Saint-Cyr Saint-Jean Sébastopol Sévigné Solférino Tolbiac Trocadéro
    Turenne Vauban Vendôme Victoire Villette Vivienne Wilson Zénith Arsenal Beffroi Cordeliers Dauphine Étoile Fourvière
    Halles Italie Juvénal Lombards Mogador Nationale Orangerie Pergola Quai-Ouest Rempart Sablons Tuilerie Ursulines
    """
)

COMPANY_NAMES = tuple(f"{kind} {place}" for kind in _KINDS for place in _PLACES)
